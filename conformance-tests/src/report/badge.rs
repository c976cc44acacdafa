//! The verdict as a badge: an SVG image, or JSON for a badge service.

use serde_json::{Value, json};

use super::{Report, Verdict, json::plain_json, junit::escaped};

/// The approximate width of a letter, in pixels.
const LETTER: usize = 7;

impl Report {
    /// Returns an SVG image with the verdict of each backend, in words and colour.
    #[must_use]
    pub fn badge(&self) -> String {
        let (label, message, colour) = (self.label(), self.message(), self.colour());
        let (left, right) = (width(&label), width(&message));
        let (whole, middle, end) = (left + right, left / 2, left + right / 2);
        let (label, message) = (escaped(&label), escaped(&message));
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{label}: {message}">
<title>{label}: {message}</title>
<rect width="{whole}" height="20" rx="3" fill="#444"/>
<rect x="{left}" width="{right}" height="20" rx="3" fill="{colour}"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{middle}" y="14">{label}</text>
<text x="{end}" y="14">{message}</text>
</g>
</svg>
"##
        )
    }

    /// Returns a JSON value for a badge service: `schemaVersion`, `label`, `message`, `color`.
    #[must_use]
    pub fn badge_json(&self) -> Value {
        json!({
            "schemaVersion": 1,
            "label": self.label(),
            "message": self.message(),
            "color": self.colour(),
        })
    }

    /// Returns the badge as text, with invisible characters escaped.
    #[must_use]
    pub fn badge_json_text(&self) -> String {
        plain_json(&self.badge_json())
    }

    fn label(&self) -> String {
        format!("scheduler rules {}", crate::SPECIFICATION)
    }

    /// Returns one word if all backends have the same verdict.
    fn message(&self) -> String {
        let verdicts = self.backends.iter();
        let verdicts = verdicts.map(|backend| (&backend.name, self.verdict(backend).name()));
        let verdicts: Vec<_> = verdicts.collect();
        match verdicts.first() {
            None => "not run".into(),
            Some((_, first)) if verdicts.iter().all(|(_, other)| other == first) => {
                (*first).to_owned()
            }
            Some(_) => {
                let each = verdicts
                    .iter()
                    .map(|(name, verdict)| format!("{name} {verdict}"));
                each.collect::<Vec<_>>().join(" · ")
            }
        }
    }

    fn colour(&self) -> &'static str {
        let has = |wanted| {
            let mut verdicts = self.backends.iter().map(|backend| self.verdict(backend));
            verdicts.any(|verdict| verdict == wanted)
        };
        if has(Verdict::Nonconformant) {
            "#b62324"
        } else if self.backends.is_empty() || has(Verdict::Partial) || has(Verdict::Unknown) {
            "#8a6100"
        } else {
            "#1a7f37"
        }
    }
}

fn width(text: &str) -> usize {
    text.chars().count() * LETTER + 10
}

#[cfg(test)]
mod tests {
    use crate::{Status, report::tests::ran};

    #[test]
    fn it_says_in_words_what_its_colour_says() {
        let sound = ran(|_| Status::Pass);
        assert!(sound.badge().contains(">conformant</text>"));
        assert_eq!(sound.badge_json()["message"], "conformant");
        let mut mixed = sound.clone();
        mixed.backends.extend(ran(|_| Status::Hang).backends);
        mixed.backends[1].name = "<c>".into();
        let badge = mixed.badge();
        assert!(
            badge.contains("b conformant · &lt;c&gt; nonconformant"),
            "{badge}"
        );
        assert_ne!(sound.badge_json()["color"], mixed.badge_json()["color"]);
    }
}
