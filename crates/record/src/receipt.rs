//! Receipts: the operator's signed word that an entry is in the log, with a short proof.
//!
//! The lines of a log are the leaves of a Merkle tree (RFC 6962, section 2.1) whose leaf data are
//! the hashes of the lines. A receipt names the root of the tree when the log had so many lines,
//! and the path from the entry to the root. Whoever holds it can show that the operator accepted
//! the entry, whatever the log says later.

use std::fmt;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{InclusionProof, RootHash};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::bytes::{Hash, Hex};
use crate::keys::{PublicKey, Signature, Signing, is_signed};

/// Most lines of a log that a receipt may speak of, so that positions in the tree never overflow.
const LENGTH_MAX: u64 = 1 << 40;

/// That an entry is in a log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The auction.
    pub auction: Hash,
    /// Number of the entry.
    pub sequence: u64,
    /// Hash of the entry's line.
    pub hash: Hash,
    /// Lines of the log when the receipt was given.
    pub length: u64,
    /// Root of the tree of these lines.
    pub root: Hash,
    /// Hashes beside the path from the entry to the root, lowest first.
    pub path: Vec<Hash>,
    /// Who gave it.
    pub operator: PublicKey,
    /// The operator's signature of auction, entry, length and root.
    pub signature: Signature,
}

/// What is wrong with a receipt, or with a log that does not keep it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReceiptFault {
    /// The operator's signature is not one of this receipt.
    Signature,
    /// The path does not lead from the entry to the root.
    Path,
    /// The log is another auction's.
    OtherAuction,
    /// The log is kept by another operator.
    OtherOperator,
    /// The log is shorter than when the receipt was given.
    Shorter,
    /// The log has another entry in this place.
    OtherEntry,
    /// An entry up to that length has changed.
    OtherRoot,
}

impl fmt::Display for ReceiptFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signature => "the operator's signature is not one of this receipt",
            Self::Path => "the path does not lead from the entry to the root",
            Self::OtherAuction => "the log is another auction's",
            Self::OtherOperator => "the log is kept by another operator",
            Self::Shorter => "the log is shorter than when the receipt was given",
            Self::OtherEntry => "the log has another entry in this place",
            Self::OtherRoot => "an entry of the log has changed since",
        })
    }
}

fn tree(hashes: &[Hash]) -> MemoryBackedTree<Sha256, [u8; 32]> {
    let mut tree = MemoryBackedTree::new();
    hashes.iter().for_each(|hash| tree.push(hash.0));
    tree
}

impl Receipt {
    /// The receipt for an entry of a log with these lines; none if there is no such entry.
    pub fn new(auction: Hash, hashes: &[Hash], sequence: u64, operator: &Signing) -> Option<Self> {
        let index = usize::try_from(sequence.checked_sub(1)?).ok()?;
        let hash = *hashes.get(index)?;
        let tree = tree(hashes);
        let path = tree.prove_inclusion(index);
        let path = path.as_bytes().as_chunks::<32>().0.iter().map(|chunk| Hex(*chunk)).collect();
        let mut receipt = Self {
            auction,
            sequence,
            hash,
            length: hashes.len() as u64,
            root: Hex((*tree.root().as_bytes()).into()),
            path,
            operator: operator.public(),
            signature: Hex([0; 64]),
        };
        receipt.signature = operator.sign(&receipt.signed_bytes());
        Some(receipt)
    }

    fn signed_bytes(&self) -> Vec<u8> {
        let Self { auction, sequence, hash, length, root, .. } = self;
        format!("postroad receipt 1\n{auction}\n{sequence}\n{hash}\n{length}\n{root}\n")
            .into_bytes()
    }

    /// What is wrong with the receipt itself.
    pub fn check(&self) -> Result<(), ReceiptFault> {
        if !is_signed(&self.operator, &self.signed_bytes(), &self.signature) {
            return Err(ReceiptFault::Signature);
        }
        let path = self.path.iter().flat_map(|hash| hash.0).collect();
        let proof = InclusionProof::<Sha256>::try_from_bytes(path);
        let proof = proof.map_err(|_| ReceiptFault::Path)?;
        if self.sequence == 0 || self.sequence > self.length || self.length > LENGTH_MAX {
            return Err(ReceiptFault::Path);
        }
        RootHash::<Sha256>::new(self.root.0.into(), self.length)
            .verify_inclusion(&self.hash.0, self.sequence - 1, &proof)
            .map_err(|_| ReceiptFault::Path)
    }

    /// Whether a log with these lines keeps what the receipt promises.
    pub fn check_log(
        &self,
        auction: Hash,
        operator: PublicKey,
        hashes: &[Hash],
    ) -> Result<(), ReceiptFault> {
        self.check()?;
        if self.auction != auction {
            return Err(ReceiptFault::OtherAuction);
        }
        if self.operator != operator {
            return Err(ReceiptFault::OtherOperator);
        }
        let length = usize::try_from(self.length).map_err(|_| ReceiptFault::Shorter)?;
        let hashes = hashes.get(..length).ok_or(ReceiptFault::Shorter)?;
        // Checked above: the sequence number is from 1 to the length.
        if hashes[(self.sequence - 1) as usize] != self.hash {
            return Err(ReceiptFault::OtherEntry);
        }
        if *tree(hashes).root().as_bytes() != self.root.0 {
            return Err(ReceiptFault::OtherRoot);
        }
        Ok(())
    }
}
