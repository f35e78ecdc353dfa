//! Who may end a bond as what, and what rules about changing one's mind ask of it.

use bond::{By, DissolveReason, Event, ReasonNotTheirs, Refusal, apply, check_reason};
use time::{
    Duration,
    macros::{date, datetime},
};

use crate::maker::{START, accepted, after, proposal, proposed};

#[test]
fn r_055_either_side_ends_a_bond_at_any_time_by_their_own_wish() {
    for (by, reason) in [
        (By::Sharer, DissolveReason::VoluntarySharer),
        (By::Beneficiary, DissolveReason::VoluntaryBeneficiary),
        (By::Operator, DissolveReason::VoluntarySharer),
        (By::Operator, DissolveReason::Fraud),
        (By::Operator, DissolveReason::PolicyEnd),
    ] {
        assert_eq!(check_reason(by, reason), Ok(()));
        let bond = after(accepted(), Event::Dissolve(reason), 2);
        assert_eq!(bond.dissolve_reason, Some(reason));
        let again = apply(bond.clone(), Event::Accept { consent: None }, START + Duration::hours(3));
        assert_eq!(again, Err(Refusal::Ended(bond.state)), "it is never opened again");
    }
    for &reason in DissolveReason::ALL {
        for (by, own) in [
            (By::Sharer, DissolveReason::VoluntarySharer),
            (By::Beneficiary, DissolveReason::VoluntaryBeneficiary),
        ] {
            let refused = Err(ReasonNotTheirs { by, reason });
            assert_eq!(check_reason(by, reason), if reason == own { Ok(()) } else { refused });
        }
    }
}

#[test]
fn r_055_a_bond_says_since_when_it_holds_and_how_many_changes_of_a_year_it_is() {
    // New Year begins at 16:00 UTC.
    let (made, ended) = (datetime!(2026-12-31 15:59 UTC), datetime!(2026-12-31 16:00 UTC));
    let bond = bond::Bond::propose(proposal(), made, ended).unwrap();
    let bond = apply(bond, Event::Accept { consent: None }, made).unwrap();
    assert_eq!(bond.active_from(), Some(date!(2026 - 12 - 31)));
    assert_eq!([2025, 2026, 2027].map(|year| bond.changes_in(year)), [0, 1, 0]);
    let chosen = apply(bond.clone(), Event::Dissolve(DissolveReason::VoluntaryBeneficiary), ended).unwrap();
    assert_eq!([2025, 2026, 2027].map(|year| chosen.changes_in(year)), [0, 1, 1]);
    let befallen = apply(bond, Event::Dissolve(DissolveReason::PoolTransfer), ended).unwrap();
    assert_eq!([2025, 2026, 2027].map(|year| befallen.changes_in(year)), [0, 1, 0]);
    let within = after(accepted(), Event::Dissolve(DissolveReason::VoluntarySharer), 2);
    assert_eq!(within.changes_in(2026), 2);
    let withdrawn = after(proposed(), Event::Withdraw, 2);
    assert_eq!((withdrawn.active_from(), withdrawn.changes_in(2026)), (None, 0));
}
