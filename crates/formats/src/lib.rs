//! Bytes in and out of the model: tables, study files, benchmark instances.
