//! 亲情账户: who may show whose 医保码.

use standards::PersonId;

/// Whether somebody may show a person's code: everybody shows the own one.
pub fn may_show(shower: PersonId, owner: PersonId) -> bool {
    shower == owner
}
