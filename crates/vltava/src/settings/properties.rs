//! Java's `.properties` format, in which Kafka's `server.properties` is written.

use std::iter::Peekable;
use std::str::Chars;

/// Reads `text` into names and values in the order they stand; a name may come twice.
///
/// Comments (`#`, `!`), the separators `=`, `:` and blank, continued lines and the escapes `\t \n \r \f \uXXXX`
/// are those of `java.util.Properties`. A `\u` that is not followed by four hexadecimal digits stands for itself.
pub(crate) fn parse(text: &str) -> Vec<(String, String)> {
    logical_lines(text)
        .iter()
        .map(|line| split(line))
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

/// Joins continued lines and drops comments and blank lines.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut pending: Option<String> = None;
    for line in text.lines() {
        let line = line.trim_start();
        if pending.is_none() && (line.is_empty() || line.starts_with(['#', '!'])) {
            continue;
        }
        let mut whole = pending.take().unwrap_or_default();
        let backslashes = line.bytes().rev().take_while(|b| *b == b'\\').count();
        if backslashes % 2 == 1 {
            whole.push_str(&line[..line.len() - 1]);
            pending = Some(whole);
        } else {
            whole.push_str(line);
            lines.push(whole);
        }
    }
    lines.extend(pending);
    lines
}

fn split(line: &str) -> (String, String) {
    let mut chars = line.chars().peekable();
    let name = unescape(&mut chars, |c| matches!(c, '=' | ':' | ' ' | '\t' | '\u{c}'));
    skip_blanks(&mut chars);
    if chars.next_if(|c| matches!(c, '=' | ':')).is_some() {
        skip_blanks(&mut chars);
    }
    let value = unescape(&mut chars, |_| false);
    (name, value.trim_end().to_owned())
}

fn skip_blanks(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| matches!(c, ' ' | '\t' | '\u{c}')).is_some() {}
}

fn unescape(chars: &mut Peekable<Chars<'_>>, ends: impl Fn(char) -> bool) -> String {
    let mut out = String::new();
    while let Some(c) = chars.next_if(|c| !ends(*c)) {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('f') => out.push('\u{c}'),
            Some('u') => out.push(unicode(chars)),
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

fn unicode(chars: &mut Peekable<Chars<'_>>) -> char {
    let digits: String = chars.clone().take(4).collect();
    match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
        Some(c) if digits.len() == 4 => {
            chars.nth(3);
            c
        }
        _ => 'u',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_java_reads() {
        let text = "# comment\n! another\n\nlog.dirs=/a,/b\n node.id : 3\nempty=\nblank value\n\
                    long=one,\\\n   two\npath=C:\\\\x\nuni=\\u00e4\ttail  \nlonely\n";
        let expected = [
            ("log.dirs", "/a,/b"),
            ("node.id", "3"),
            ("empty", ""),
            ("blank", "value"),
            ("long", "one,two"),
            ("path", "C:\\x"),
            ("uni", "ä\ttail"),
            ("lonely", ""),
        ];
        let parsed = parse(text);
        let parsed: Vec<_> = parsed.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(parsed, expected);
    }

    #[test]
    fn odd_input_is_taken_as_it_is() {
        assert_eq!(parse("a=\\u12"), [("a".to_owned(), "u12".to_owned())]);
        assert_eq!(parse("a=b\\"), [("a".to_owned(), "b".to_owned())]);
        assert_eq!(parse("=x"), []);
    }
}
