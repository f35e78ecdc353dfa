//! Relations: what the beneficiary is to the sharer, and which two declared relations cannot both be true.
//!
//! Whether a relation is in scope at a place is a matter of policy; here only the two that name no near
//! relative are told apart.

use standards::PersonId;

use crate::terms::named;

named! {
    /// 亲属关系: what the **beneficiary** is to the **sharer**. The first eight are the near relatives.
    Relation {
        /// 配偶.
        Spouse = "SPOUSE",
        /// 父母.
        Parent = "PARENT",
        /// 子女.
        Child = "CHILD",
        /// 兄弟姐妹.
        Sibling = "SIBLING",
        /// 祖父母: the father's parent.
        PaternalGrandparent = "PATERNAL_GRANDPARENT",
        /// 外祖父母: the mother's parent.
        MaternalGrandparent = "MATERNAL_GRANDPARENT",
        /// 孙子女: the son's child.
        ChildOfSon = "CHILD_OF_SON",
        /// 外孙子女: the daughter's child.
        ChildOfDaughter = "CHILD_OF_DAUGHTER",
        /// 配偶的父母: known by name so that it can be refused by name.
        ParentInLaw = "PARENT_IN_LAW",
        /// 其他亲属: anybody else.
        OtherRelative = "OTHER_RELATIVE",
    }
}

impl Relation {
    /// Whether it is one of the eight.
    pub const fn is_near_relative(self) -> bool {
        self.inverse().is_some()
    }

    /// What the sharer is to the beneficiary. It follows without knowing anybody's sex: the son's child
    /// calls one a paternal grandparent, whoever of the two asks. `None` for those who are not near
    /// relatives; there it does not follow.
    pub const fn inverse(self) -> Option<Self> {
        match self {
            Self::Spouse => Some(Self::Spouse),
            Self::Parent => Some(Self::Child),
            Self::Child => Some(Self::Parent),
            Self::Sibling => Some(Self::Sibling),
            Self::PaternalGrandparent => Some(Self::ChildOfSon),
            Self::MaternalGrandparent => Some(Self::ChildOfDaughter),
            Self::ChildOfSon => Some(Self::PaternalGrandparent),
            Self::ChildOfDaughter => Some(Self::MaternalGrandparent),
            Self::ParentInLaw | Self::OtherRelative => None,
        }
    }
}

/// A declared relation between two persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Who shares.
    pub sharer: PersonId,
    /// Who may use it.
    pub beneficiary: PersonId,
    /// What the beneficiary is to the sharer.
    pub relation: Relation,
}

/// Two declarations about one pair that cannot both be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("declared as {declared}, but a standing bond says {standing}")]
pub struct Contradiction {
    /// What is declared now.
    pub declared: Relation,
    /// What the standing bond says, read in the declared direction.
    pub standing: Relation,
}

impl Tie {
    /// Whether both are about the same two persons in the same direction.
    pub fn is_same_pair(&self, other: &Self) -> bool {
        self.sharer == other.sharer && self.beneficiary == other.beneficiary
    }

    /// The same tie read from the other side, where that follows.
    fn turned(&self) -> Option<Self> {
        let relation = self.relation.inverse()?;
        Some(Self { sharer: self.beneficiary, beneficiary: self.sharer, relation })
    }

    /// What this tie says about the pair of `other`, in its direction.
    fn relation_as(&self, other: &Self) -> Option<Relation> {
        if self.is_same_pair(other) {
            return Some(self.relation);
        }
        self.turned().filter(|turned| turned.is_same_pair(other)).map(|turned| turned.relation)
    }
}

/// Checks a declared relation against the bonds that stand (not ended) between any persons; those of other
/// pairs are passed over. A second bond with the same relation is no contradiction here: whether the pair
/// may have another one depends on the programme.
pub fn check_tie(declared: &Tie, standing: impl IntoIterator<Item = Tie>) -> Result<(), Contradiction> {
    for tie in standing {
        match tie.relation_as(declared) {
            Some(relation) if relation != declared.relation => {
                return Err(Contradiction { declared: declared.relation, standing: relation });
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}
