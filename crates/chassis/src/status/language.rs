//! The language of a request: Simplified Chinese unless the caller asked for English.
//!
//! The server sets it around each call, so that a refusal made anywhere on the request's task is rendered
//! rightly. A task spawned by the handler, or a stream answered later, falls back to Chinese.

use std::future::Future;

tokio::task_local! {
    static CURRENT: Language;
}

/// The language of the localized message in a refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// 简体中文, `zh-CN`.
    #[default]
    Chinese,
    /// `en`.
    English,
}

impl Language {
    /// The first supported language of an `accept-language` header; weights are not read, order decides.
    pub fn of(headers: &http::HeaderMap) -> Self {
        let wanted = headers.get(http::header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let mut tags = wanted.unwrap_or_default().split(',').map(|tag| tag.trim().to_ascii_lowercase());
        tags.find_map(|tag| match tag.get(..2) {
            Some("en") => Some(Self::English),
            Some("zh") => Some(Self::Chinese),
            _ => None,
        })
        .unwrap_or_default()
    }

    /// The language of the request that this task answers; Chinese outside of one.
    pub fn current() -> Self {
        CURRENT.try_with(|language| *language).unwrap_or_default()
    }

    /// Runs `answer` as a request in this language.
    pub async fn scope<F: Future>(self, answer: F) -> F::Output {
        CURRENT.scope(self, answer).await
    }

    /// Runs `render` in this language.
    pub fn with<T>(self, render: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, render)
    }

    /// The tag in a localized message.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// Picks the text of this language.
    pub const fn pick<'a>(self, english: &'a str, chinese: &'a str) -> &'a str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_unless_english_comes_first() {
        let table = [
            ("", Language::Chinese),
            ("en", Language::English),
            ("EN-US,zh;q=0.5", Language::English),
            ("zh-CN, en", Language::Chinese),
            ("fr, en;q=0.1", Language::English),
            ("de", Language::Chinese),
            ("中文", Language::Chinese),
        ];
        for (header, expected) in table {
            let mut headers = http::HeaderMap::new();
            headers.insert("accept-language", http::HeaderValue::from_bytes(header.as_bytes()).unwrap());
            assert_eq!(Language::of(&headers), expected, "{header}");
        }
        assert_eq!(Language::of(&http::HeaderMap::new()), Language::Chinese);
        assert_eq!(Language::English.with(Language::current), Language::English);
        assert_eq!(Language::current(), Language::Chinese);
    }
}
