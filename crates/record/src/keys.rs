//! Keys that sign (Ed25519, RFC 8032) and keys that bids are sealed to (X25519, RFC 7748).

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use hpke::{Deserializable, Kem, Serializable};

use crate::bytes::Hex;

/// Who somebody is in a log: an Ed25519 public key.
pub type PublicKey = Hex<32>;
/// An Ed25519 signature.
pub type Signature = Hex<64>;
/// What bids are encrypted to: an X25519 public key.
pub type SealingKey = Hex<32>;

pub(crate) type SealingKem = hpke::kem::X25519HkdfSha256;

/// A secret signing key.
pub struct Signing(SigningKey);

impl Signing {
    /// The key that 32 random bytes are.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        Hex(self.0.verifying_key().to_bytes())
    }

    /// Signs bytes.
    pub fn sign(&self, bytes: &[u8]) -> Signature {
        Hex(self.0.sign(bytes).to_bytes())
    }
}

/// Whether a signature of these bytes is by this key. Keys and signatures that several readers
/// could judge differently are refused ("strict" of the library).
pub fn is_signed(key: &PublicKey, bytes: &[u8], signature: &Signature) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    VerifyingKey::from_bytes(&key.0).is_ok_and(|key| key.verify_strict(bytes, &signature).is_ok())
}

/// The public key of a secret sealing key.
pub fn sealing_key(secret: &[u8; 32]) -> SealingKey {
    let secret = <SealingKem as Kem>::PrivateKey::from_bytes(secret)
        .expect("any 32 bytes are a secret key of X25519");
    Hex(SealingKem::sk_to_pk(&secret).to_bytes().into())
}
