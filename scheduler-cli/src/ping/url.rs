//! [`Url`]: where pings of an entry are sent.

use std::fmt;

use ureq::http::Uri;

/// The content of a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    Start,
    Success,
    Failure,
}

/// The URL of a check. It is a secret, so it is in no log.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url {
    /// The URL up to the end of its path, without a trailing slash.
    path: String,
    /// The query of the URL, with its question mark.
    query: String,
}

impl Url {
    /// Parses an absolute URL.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "expected a URL, such as https://example.org/ping/0a1b".to_owned();
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        match (uri.scheme_str(), uri.host()) {
            (Some("http" | "https"), Some(host)) if !host.is_empty() => {}
            _ => return Err(wrong()),
        }
        if uri.scheme_str() == Some("https") && !cfg!(feature = "https") {
            return Err(
                "this build of sched has no TLS: build it with the feature \"https\", or \
                 use an http URL"
                    .to_owned(),
            );
        }
        let text = text.split('#').next().unwrap_or(text);
        let (path, query) = text.split_at(text.find('?').unwrap_or(text.len()));
        Ok(Self {
            path: path.trim_end_matches('/').to_owned(),
            query: query.to_owned(),
        })
    }

    /// Returns the URL of a report, by the convention of healthchecks.io.
    pub(super) fn of(&self, report: Report) -> String {
        let Self { path, query } = self;
        let part = match report {
            Report::Start => "/start",
            Report::Success => "",
            Report::Failure => "/fail",
        };
        format!("{path}{part}{query}")
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Url")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_part_of_the_path() {
        let url = Url::parse("http://host:8000/ping/0a1b/?key=1#part").unwrap();
        let of = |report| url.of(report);
        assert_eq!(of(Report::Start), "http://host:8000/ping/0a1b/start?key=1");
        assert_eq!(of(Report::Success), "http://host:8000/ping/0a1b?key=1");
        assert_eq!(of(Report::Failure), "http://host:8000/ping/0a1b/fail?key=1");
        assert_eq!(format!("{url:?}"), "Url");
    }

    #[test]
    fn only_absolute_urls_of_the_web_are_accepted() {
        for text in [
            "",
            "host/path",
            "/path",
            "ftp://host/a",
            "http://",
            "http:///a",
            "http://h o/",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
        assert_eq!(Url::parse("https://host/").is_ok(), cfg!(feature = "https"));
    }
}
