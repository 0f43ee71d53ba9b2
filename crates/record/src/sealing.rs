//! Sealed bids, as commitments or encrypted to officers of whom so many must act together.
//!
//! A commitment is a hash of the sheet with a random nonce: nobody can read it, and its bidder
//! must reveal it. An envelope is encrypted with a key of its own; the key is split by Shamir's
//! scheme (1979), and each share is encrypted to one officer with HPKE (RFC 9180). Everything
//! random in an envelope is drawn from its nonce, which is sealed with the sheet. Who opens it
//! seals it again and compares, so that an envelope opens to the same sheet for every quorum of
//! officers, or for none (the idea of Fujisaki and Okamoto, 1999).

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use serde::{Deserialize, Serialize};
use vsss_rs::Gf256;

use crate::bytes::{Base64, Hash, Hex};
use crate::keys::{PublicKey, SealingKem, SealingKey};

/// Fewest officers that may open together: with one there is nothing to share.
pub const QUORUM_MIN: usize = 2;
/// Most officers of an auction: each adds a share to every envelope.
pub const OFFICERS_MAX: usize = 32;
/// A sealed sheet is filled up to a multiple of so many bytes, so that its length tells little.
const PADDING: usize = 256;
/// Bytes of an encapsulated key of X25519.
const ENCAPSULATED: usize = 32;

/// Random bytes of a bidder; part of the seed that breaks ties once they are known.
pub type Nonce = Hex<32>;

type ShareAead = hpke::aead::ChaCha20Poly1305;
type ShareKdf = hpke::kdf::HkdfSha256;

/// A bid that cannot be read yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SealedBid {
    /// The hash of nonce and sheet.
    Commitment(Hash),
    /// The encrypted sheet with the shares of its key.
    Envelope(Envelope),
}

/// An encrypted sheet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// For each officer, in the order of the notice: encapsulated key and encrypted share.
    pub shares: Vec<Base64>,
    /// The encrypted nonce and sheet.
    pub sheet: Base64,
}

/// What a sealed bid is bound to: nobody can hand it in as another's, or to another auction.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The auction.
    pub auction: Hash,
    /// The bidder.
    pub bidder: PublicKey,
}

/// Why a sealed bid does not open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpenFault {
    /// There is not one share for each officer.
    Shares,
    /// A share cannot be decrypted, or the shares give no key.
    Share,
    /// The key does not decrypt the sheet.
    Sheet,
    /// It opens, and not for every quorum of officers.
    Inconsistent,
}

impl Context {
    /// The bytes that name a use of this context.
    fn label(&self, purpose: &str) -> Vec<u8> {
        let label = format!("postroad {purpose} 1\n");
        [label.as_bytes(), &self.auction.0, &self.bidder.0].concat()
    }

    /// The commitment to a sheet.
    pub fn commit(&self, nonce: &Nonce, sheet: &[u8]) -> Hash {
        Hash::of(&[&self.label("commitment"), &nonce.0, sheet])
    }

    /// Encrypts a sheet so that any `quorum` of the officers can open it together.
    /// None if there are not that many officers or a key of theirs is none.
    pub fn seal(
        &self,
        officers: &[SealingKey],
        quorum: usize,
        nonce: &Nonce,
        sheet: &[u8],
    ) -> Option<Envelope> {
        if officers.len() > OFFICERS_MAX || quorum < QUORUM_MIN {
            return None;
        }
        let label = self.label("envelope");
        let mut random = ChaCha20Rng::from_seed(Hash::of(&[&label, &nonce.0]).0);
        let mut key = [0; 32];
        random.fill_bytes(&mut key);
        let shares = Gf256::split_bytes(quorum, officers.len(), key, &mut random).ok()?;
        let shares = officers.iter().zip(&shares).map(|(officer, share)| {
            let officer = <SealingKem as Kem>::PublicKey::from_bytes(&officer.0).ok()?;
            let (encapsulated, share) = hpke::single_shot_seal_with_rng::<
                ShareAead,
                ShareKdf,
                SealingKem,
            >(
                &OpModeS::Base, &officer, &label, share, &[], &mut random
            )
            .ok()?;
            Some(Base64([encapsulated.to_bytes().as_slice(), &share].concat()))
        });
        let shares = shares.collect::<Option<Vec<_>>>()?;
        let plain = padded(nonce, sheet);
        let payload = Payload { msg: &plain, aad: &label };
        // Each key encrypts one message, so the cipher's nonce may be constant.
        let sheet = cipher(&key).encrypt(&Default::default(), payload).ok()?;
        Some(Envelope { shares, sheet: Base64(sheet) })
    }

    /// Opens an envelope with the secret keys of a quorum; `keys` names officers by position.
    pub fn open(
        &self,
        officers: &[SealingKey],
        keys: &[(usize, [u8; 32])],
        envelope: &Envelope,
    ) -> Result<(Nonce, Vec<u8>), OpenFault> {
        if envelope.shares.len() != officers.len() {
            return Err(OpenFault::Shares);
        }
        let label = self.label("envelope");
        let shares = keys.iter().map(|(officer, secret)| {
            let share = envelope.shares.get(*officer).ok_or(OpenFault::Shares)?;
            open_share(&share.0, secret, &label).ok_or(OpenFault::Share)
        });
        let shares = shares.collect::<Result<Vec<_>, _>>()?;
        let key = Gf256::combine_bytes(shares).map_err(|_| OpenFault::Share)?;
        let key: [u8; 32] = key.try_into().map_err(|_| OpenFault::Share)?;
        let payload = Payload { msg: &envelope.sheet.0, aad: &label };
        let plain =
            cipher(&key).decrypt(&Default::default(), payload).map_err(|_| OpenFault::Sheet)?;
        let (nonce, sheet) = unpadded(&plain).ok_or(OpenFault::Sheet)?;
        let again = self.seal(officers, keys.len(), &nonce, &sheet);
        (again.as_ref() == Some(envelope)).then_some((nonce, sheet)).ok_or(OpenFault::Inconsistent)
    }
}

fn cipher(key: &[u8; 32]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(*key))
}

fn open_share(share: &[u8], secret: &[u8; 32], label: &[u8]) -> Option<Vec<u8>> {
    let (encapsulated, share) = share.split_at_checked(ENCAPSULATED)?;
    let encapsulated = <SealingKem as Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
    let secret = <SealingKem as Kem>::PrivateKey::from_bytes(secret).ok()?;
    hpke::single_shot_open::<ShareAead, ShareKdf, SealingKem>(
        &OpModeR::Base,
        &secret,
        &encapsulated,
        label,
        share,
        &[],
    )
    .ok()
}

/// Nonce, length of the sheet, sheet, and zeros.
fn padded(nonce: &Nonce, sheet: &[u8]) -> Vec<u8> {
    let length = (sheet.len() as u64).to_be_bytes();
    let mut plain = [&nonce.0, length.as_slice(), sheet].concat();
    plain.resize(plain.len().next_multiple_of(PADDING), 0);
    plain
}

fn unpadded(plain: &[u8]) -> Option<(Nonce, Vec<u8>)> {
    let (nonce, rest) = plain.split_first_chunk::<32>()?;
    let (length, rest) = rest.split_first_chunk::<8>()?;
    let sheet = rest.get(..usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
    Some((Hex(*nonce), sheet.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::sealing_key;

    const CONTEXT: Context = Context { auction: Hex([1; 32]), bidder: Hex([2; 32]) };
    const NONCE: Nonce = Hex([3; 32]);

    fn secret(officer: usize) -> (usize, [u8; 32]) {
        (officer, [officer as u8 + 7; 32])
    }

    fn officers() -> Vec<SealingKey> {
        (0..4).map(|officer| sealing_key(&secret(officer).1)).collect()
    }

    #[test]
    fn every_quorum_opens_the_same() {
        let envelope = CONTEXT.seal(&officers(), 2, &NONCE, b"a sheet").unwrap();
        for first in 0..4 {
            for second in first + 1..4 {
                let keys = [secret(first), secret(second)];
                let opened = CONTEXT.open(&officers(), &keys, &envelope);
                assert_eq!(opened, Ok((NONCE, b"a sheet".to_vec())));
            }
        }
    }

    #[test]
    fn fewer_than_a_quorum_open_nothing() {
        let envelope = CONTEXT.seal(&officers(), 3, &NONCE, b"a sheet").unwrap();
        let keys = [secret(0), secret(3)];
        assert_eq!(CONTEXT.open(&officers(), &keys, &envelope), Err(OpenFault::Sheet));
        assert_eq!(CONTEXT.open(&officers(), &keys[..1], &envelope), Err(OpenFault::Share));
    }

    #[test]
    fn an_envelope_belongs_to_one_bidder_of_one_auction() {
        let envelope = CONTEXT.seal(&officers(), 2, &NONCE, b"a sheet").unwrap();
        let keys = [secret(0), secret(1)];
        let other = Context { bidder: Hex([9; 32]), ..CONTEXT };
        assert_eq!(other.open(&officers(), &keys, &envelope), Err(OpenFault::Share));
        assert_ne!(CONTEXT.commit(&NONCE, b"a sheet"), other.commit(&NONCE, b"a sheet"));
    }

    #[test]
    fn shares_that_open_for_some_officers_only_open_for_none() {
        let mut envelope = CONTEXT.seal(&officers(), 2, &NONCE, b"a sheet").unwrap();
        envelope.shares[3].0[40] ^= 1;
        let opened = |second| {
            CONTEXT.open(&officers(), &[secret(0), secret(second)], &envelope).unwrap_err()
        };
        assert_eq!((opened(1), opened(3)), (OpenFault::Inconsistent, OpenFault::Share));
    }

    /// Logs must open for ever: if this fails after an update of a library, the update draws
    /// random numbers in another order and must not be taken.
    #[test]
    fn an_envelope_has_the_bytes_it_always_had() {
        let envelope = CONTEXT.seal(&officers(), 2, &NONCE, b"a sheet").unwrap();
        let bytes: Vec<&[u8]> = envelope.shares.iter().map(|share| share.0.as_slice()).collect();
        let hash = Hash::of(&[&bytes.concat(), &envelope.sheet.0]);
        let always = "ca74f813f83aac821e32763bf8b66973fa1afc6a9e5ad967b1a86657c4308d70";
        assert_eq!(hash.to_string(), always);
    }
}
