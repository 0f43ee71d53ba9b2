//! Key files: a secret one that stays with its owner, and a public one to hand out.

use std::path::{Path, PathBuf};

use postroad_record::bytes::Hash;
use postroad_record::keys::{PublicKey, SealingKey, Signing, sealing_key};
use serde::{Deserialize, Serialize};

use super::{random_hash, read_json, write, write_json};
use crate::failure::Failure;

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

    /// Writes both files into a folder and returns their names.
    pub(crate) fn write(&self, folder: &Path) -> Result<[PathBuf; 2], Failure> {
        let secret = folder.join(format!("{}.secret.json", self.name));
        let public = folder.join(format!("{}.public.json", self.name));
        write(&secret, b"")?;
        only_for_owner(&secret)?;
        write_json(&secret, self)?;
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

#[cfg(unix)]
fn only_for_owner(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .map_err(|cause| Failure::Output { path: path.display().to_string(), cause })
}

#[cfg(not(unix))]
fn only_for_owner(_: &Path) -> Result<(), Failure> {
    Ok(())
}
