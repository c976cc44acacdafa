//! The report as JUnit XML.

use std::fmt::{Result, Write};

use scheduler_core::text::visible;

use super::{BackendReport, CaseReport, Report};
use crate::Status;

impl Report {
    /// Returns the report as JUnit XML: a suite for each backend and a test for each case. The class
    /// of a test is the backend and the rule, `tokio.LC-002`, because many readers show no suites.
    #[must_use]
    pub fn junit(&self) -> String {
        let mut text = String::new();
        let written = self.write_junit(&mut text);
        written.expect("a string takes everything");
        text
    }

    fn write_junit(&self, out: &mut String) -> Result {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<testsuites name=\"conformance\">")?;
        for backend in &self.backends {
            write_suite(out, backend, &self.conditions())?;
        }
        writeln!(out, "</testsuites>")
    }
}

fn write_suite(out: &mut String, backend: &BackendReport, conditions: &str) -> Result {
    let count = |wanted: fn(&Status) -> bool| {
        let cases = backend.cases.iter().filter(|case| wanted(&case.status));
        cases.count()
    };
    writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">",
        escaped(&backend.name),
        backend.cases.len(),
        count(Status::is_failure),
        count(Status::is_skip)
    )?;
    writeln!(
        out,
        "    <properties><property name=\"conditions\" value=\"{}\"/></properties>",
        escaped(conditions)
    )?;
    for case in &backend.cases {
        write_case(out, &backend.name, case)?;
    }
    writeln!(out, "  </testsuite>")
}

fn write_case(out: &mut String, backend: &str, case: &CaseReport) -> Result {
    write!(
        out,
        "    <testcase classname=\"{}.{}\" name=\"{}\" time=\"{:.3}\"",
        escaped(backend),
        escaped(case.rule),
        escaped(case.case),
        case.took.as_secs_f64()
    )?;
    let seen = escaped(case.status.message().unwrap_or_default());
    let word = case.status.word();
    match &case.status {
        Status::Pass => writeln!(out, "/>"),
        status if status.is_skip() => {
            writeln!(out, "><skipped message=\"{word}: {seen}\"/></testcase>")
        }
        _ => {
            let rule = escaped(crate::rule(case.rule).text);
            writeln!(
                out,
                "><failure type=\"{word}\" message=\"{rule}\">{seen}</failure></testcase>"
            )
        }
    }
}

/// Escapes a text for XML and HTML, in content and in attributes. Invisible characters are escaped
/// too.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push(letter),
            '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            other => out.push_str(&visible(other.encode_utf8(&mut [0; 4])).to_string()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::ran;

    #[test]
    fn any_message_is_escaped() {
        let mut report = ran(|case| match case.rule {
            "LC-002" => Status::Fail("1 < 2 & \u{1}".into()),
            "LC-003" => Status::Skip("it is".into()),
            "LC-006" => Status::Hang,
            _ => Status::Pass,
        });
        report.backends[0].name = "a \"b\"".into();
        let text = report.junit();
        let all = report.backends[0].cases.len();
        let suite = format!(
            "name=\"a &quot;b&quot;\" tests=\"{all}\" failures=\"3\" errors=\"0\" skipped=\"1\""
        );
        assert!(text.contains(&suite), "{text}");
        assert!(text.contains(">1 &lt; 2 &amp; \\u{1}</failure>"));
        assert!(text.contains("<skipped message=\"SKIP: it is\"/>"));
        let class = "<testcase classname=\"a &quot;b&quot;.LC-002\"";
        assert_eq!(text.matches(class).count(), 2, "{text}");
        assert_eq!(text.matches("<testcase ").count(), all);
        assert_eq!(text.matches("</testcase>").count(), 4);
        assert_eq!(text.matches(" time=\"0.003\"").count(), all);
    }
}
