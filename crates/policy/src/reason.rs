//! Why something is refused, and how to say so in Chinese and English.
//!
//! A reason keeps its name for ever: stored decisions and clients know it. The texts say what happened and what
//! the person can do; they are filled with the values of the verdict. Which gRPC code a reason travels under is
//! the service's business.

mod spoken;
mod texts;

pub use crate::reason::texts::Reason;

use standards::civil;

use crate::{decision::Verdict, words::Side};

/// What to tell a person, in both languages. `{who}`, `{limit}`, `{actual}` and `{again}` are filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Texts {
    /// 发生了什么.
    pub message_zh: &'static str,
    /// 可以怎么办.
    pub what_to_do_zh: &'static str,
    /// What happened.
    pub message_en: &'static str,
    /// What the person can do.
    pub what_to_do_en: &'static str,
}

impl Verdict {
    /// Fills the texts from the reason; leaves them empty where nothing refuses.
    pub(crate) fn explain(&mut self) {
        self.explain_about(("被共济人", "the beneficiary"));
    }

    /// The same where nobody else's money is judged.
    pub(crate) fn explain_to_patient(&mut self) {
        self.explain_about(("就诊人", "the patient"));
    }

    fn explain_about(&mut self, beneficiary: (&str, &str)) {
        let Some(reason) = self.reason else { return };
        let texts = reason.texts();
        let (zh, en) = match self.side {
            Side::Sharer => ("共济人", "the sharer"),
            Side::Beneficiary => beneficiary,
            Side::TreatmentPlace => ("就医地", "the place of treatment"),
        };
        let again = self.possible_again.map(|at| civil::local_text(at).replace('T', " ")).unwrap_or_default();
        let again: String = again.chars().take("2026-01-16 06:00".len()).collect();
        let fill = |text: &str, who: &str, [limit, actual]: &[String; 2]| {
            let text = text.replace("{who}", who).replace("{limit}", limit);
            sentence(&text.replace("{actual}", actual).replace("{again}", &again))
        };
        let plain = [self.limit.clone(), self.actual.clone()];
        let spoken = [spoken::in_chinese(&self.limit), spoken::in_chinese(&self.actual)];
        let message_zh = fill(texts.message_zh, zh, &spoken);
        let what_to_do_zh = fill(texts.what_to_do_zh, zh, &spoken);
        let message_en = fill(texts.message_en, en, &plain);
        let what_to_do_en = fill(texts.what_to_do_en, en, &plain);
        self.message_zh = message_zh;
        self.message_en = message_en;
        self.what_to_do_zh = what_to_do_zh;
        self.what_to_do_en = what_to_do_en;
    }
}

/// Begins with a capital letter, since a filled-in person may stand first.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}
