//! How a command fails: what it says on stderr and the exit code it leaves.

use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use postroad_model::Fault;

/// Why a command did not end well.
#[derive(Debug)]
pub enum Failure {
    /// The answer is no: a check failed, or a scenario has no plan. Exit code 1.
    Negative(String),
    /// Faults in an input, all of them. Exit code 2.
    Input(Vec<Fault>),
    /// A file or folder could not be written. Exit code 3.
    Output {
        /// What could not be written.
        path: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The reader of stdout went away, as `head` does: nothing is wrong. Exit code 0.
    ClosedPipe,
    /// Stopped by the user; what was found so far is written. Exit code 130.
    Interrupted(String),
}

impl Failure {
    /// From an error of writing to stdout.
    pub fn stdout(cause: io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
            _ => Failure::Output { path: "stdout".into(), cause },
        }
    }

    /// Says on stderr what went wrong and returns the exit code.
    pub fn tell(&self) -> ExitCode {
        let text = self.text();
        if !text.is_empty() {
            eprint!("{text}");
        }
        ExitCode::from(self.exit_code())
    }

    /// The exit code, as `postroad --help` lists them.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::ClosedPipe => 0,
            Failure::Negative(_) => 1,
            Failure::Input(_) => 2,
            Failure::Output { .. } => 3,
            Failure::Interrupted(_) => 130,
        }
    }

    /// What is said on stderr.
    pub fn text(&self) -> String {
        match self {
            Failure::Negative(why) => format!("error: {why}\n"),
            Failure::Input(faults) => faults_text(faults),
            Failure::Output { path, cause } => format!(
                "error: {path} cannot be written: {cause}\n  \
                 hint: choose a folder you may write to, with --out\n"
            ),
            Failure::ClosedPipe => String::new(),
            Failure::Interrupted(what) => format!("interrupted: {what}\n"),
        }
    }
}

impl From<Vec<Fault>> for Failure {
    fn from(faults: Vec<Fault>) -> Self {
        Failure::Input(faults)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Failure::Input(vec![fault])
    }
}

/// Faults as blocks of three lines: code and cause, place, hint.
fn faults_text(faults: &[Fault]) -> String {
    let mut text = String::new();
    for fault in faults {
        let _ = writeln!(text, "error[{}]: {}", fault.code, fault.cause);
        let _ = writeln!(text, "  --> {}", fault.place);
        let _ = writeln!(text, "  hint: {}\n", fault.action);
    }
    if faults.len() > 1 {
        let _ = writeln!(text, "{} faults found", faults.len());
    }
    text
}
