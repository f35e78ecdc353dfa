//! Who may take part, where and since when, asked over the public contracts as an engineer would ask: the dry run of
//! kinship-registry, and the rules that every service answers for.

#[path = "eligibility/asked.rs"]
mod asked;
#[path = "eligibility/people.rs"]
mod people;
#[path = "eligibility/places.rs"]
mod places;
#[path = "eligibility/rules.rs"]
mod rules;

use anyhow::Result;
use e2e::{Scene, play, time_of};

use self::{people::*, places::*, rules::*};

#[tokio::test(flavor = "multi_thread")]
async fn who_may_take_part_where_and_since_when() -> Result<()> {
    let mut scene = Scene::start("eligibility", time_of("2026-03-10", 10, 0, 0)).await?;
    play!(
        scene;
        r_006_the_pilot_provinces_opened_first_and_others_later,
        r_007_guangdong_opened_after_all_others,
        r_008_anybody_is_told_since_when_a_place_is_open_and_who_says_so,
        r_015_a_citizen_reads_the_rules_of_a_region,
        r_157_every_rule_has_source_confidence_day_and_when_it_was_last_looked_at,
        r_003_the_notice_of_january_2026_holds_from_its_day_on,
        r_002_two_provinces_share_once_both_have_opened,
        r_004_the_two_may_be_insured_in_different_provinces,
        r_005_a_local_programme_stays_within_its_province,
        r_010_henan_shares_across_its_pooling_areas_and_the_corps_is_none_of_xinjiang,
        r_012_qinghai_kept_to_one_pooling_area_before_december_2024,
        r_013_hunan_binds_nobody_outside_the_province,
        r_014_qinghai_takes_part_across_provinces_from_december_2024_on,
        r_020_a_resident_shares_nothing,
        r_021_whoever_is_insured_nowhere_receives_nothing,
        r_022_flexible_employment_shares_as_employees_do,
        r_023_whoever_is_not_enrolled_normally_is_refused_by_the_name_of_the_state,
        r_025_the_programme_of_qinghai_is_for_sharers_insured_there,
        r_026_the_members_of_qinghai_are_insured_there,
        r_040_eight_relations_are_near_relatives_and_two_others_are_none,
        r_041_qinghai_knew_three_relations_and_r_043_knows_eight
    );
    scene.close()
}
