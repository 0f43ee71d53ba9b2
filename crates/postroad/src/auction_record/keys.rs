//! Key files: a secret one that stays with its owner, and a public one to hand out.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use postroad_record::bytes::Hash;
use postroad_record::keys::{PublicKey, SealingKey, Signing, sealing_key};
use serde::{Deserialize, Serialize};

use super::{fault, json_line, random_hash, read_json, write_json};
use crate::failure::Failure;
use crate::output;

/// What only the owner has.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretKeys {
    /// Whose it is.
    pub(crate) name: String,
    /// Signs messages and entries.
    pub(crate) signing_secret: Hash,
    /// Opens what is sealed to an officer.
    pub(crate) sealing_secret: Hash,
}

/// What everybody may have.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublicKeys {
    /// Whose it is.
    pub(crate) name: String,
    /// What it signs with.
    pub(crate) key: PublicKey,
    /// What is sealed to it.
    pub(crate) sealing_key: SealingKey,
}

impl SecretKeys {
    /// New keys from random numbers of the operating system.
    pub(crate) fn draw(name: &str) -> Result<Self, Failure> {
        let (signing_secret, sealing_secret) = (random_hash()?, random_hash()?);
        Ok(Self { name: name.into(), signing_secret, sealing_secret })
    }

    /// Reads a secret key file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        read_json(path, "E450", "secret key file as `postroad auction keys` writes it")
    }

    pub(crate) fn signing(&self) -> Signing {
        Signing::from_secret(&self.signing_secret.0)
    }

    pub(crate) fn public(&self) -> PublicKeys {
        PublicKeys {
            name: self.name.clone(),
            key: self.signing().public(),
            sealing_key: sealing_key(&self.sealing_secret.0),
        }
    }

    /// Writes both files into a folder and returns their names. A secret key is never written over:
    /// what was signed with it could not be signed again.
    pub(crate) fn write(&self, folder: &Path) -> Result<[PathBuf; 2], Failure> {
        let secret = folder.join(format!("{}.secret.json", self.name));
        let public = folder.join(format!("{}.public.json", self.name));
        if self.name.trim().is_empty() || self.name.contains(['/', '\\']) {
            let cause = format!("{:?} is empty or has a slash", self.name);
            return Err(fault("E450", folder, cause, "give another name").into());
        }
        if secret.exists() {
            let action = "give another name or folder, or remove the file if nobody needs it";
            return Err(fault("E450", &secret, "there is a key already".into(), action).into());
        }
        output::make(folder)?;
        let failed = |cause| Failure::Output { path: secret.display().to_string(), cause };
        let mut file = only_for_owner().open(&secret).map_err(failed)?;
        file.write_all(&json_line(self)).map_err(failed)?;
        write_json(&public, &self.public())?;
        Ok([secret, public])
    }
}

impl PublicKeys {
    /// Reads a public key file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        read_json(path, "E450", "public key file as `postroad auction keys` writes it")
    }
}

/// How to make a file that nobody else may read.
fn only_for_owner() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
