//! Splits the rest of a crontab line into a command and its input.

/// Returns the command, up to the first unescaped `%`, and its input: the rest, in which each further `%`
/// is a line end. `\%` is a percent sign.
pub(super) fn split(text: &str) -> (String, Option<String>) {
    let mut command = String::new();
    let mut input = None::<String>;
    let mut letters = text.trim_end().chars().peekable();
    while let Some(letter) = letters.next() {
        let letter = match (letter, &input) {
            ('%', None) => {
                input = Some(String::new());
                continue;
            }
            ('%', Some(_)) => '\n',
            ('\\', _) => letters.next_if_eq(&'%').unwrap_or('\\'),
            (other, _) => other,
        };
        input.as_mut().unwrap_or(&mut command).push(letter);
    }
    (command, input.map(|input| input + "\n"))
}
