//! The fields that a JSON object names, as the paths of a field mask. Knows no wire bytes and checks no values.

use super::lexer::Lexer;
use crate::json::fault::Fault;
use crate::table::{Kind, Label, Message, Shape};

/// The paths of the fields that `json`, an object of `message`, names: down to the single fields of plain messages; a
/// list or a map counts as one field. An empty object of a field names the field itself.
pub(crate) fn paths(message: &'static Message, json: &[u8]) -> Result<Vec<String>, Fault> {
    let mut paths = Vec::new();
    let mut lexer = Lexer::new(json)?;
    if lexer.peek() == b'{' {
        walk(&mut lexer, message, "", &mut paths)?;
    }
    Ok(paths)
}

fn walk(
    lexer: &mut Lexer<'_>,
    message: &'static Message,
    above: &str,
    paths: &mut Vec<String>,
) -> Result<(), Fault> {
    if lexer.begin(b'}')? {
        return Ok(());
    }
    loop {
        let key = lexer.key()?;
        match message.place_of_key(&key, 0) {
            None => lexer.skip()?,
            Some(place) => {
                let field = &message.fields[place];
                let path = format!("{above}{}", field.name);
                let before = paths.len();
                if let Kind::Message(inner) = field.kind
                    && inner.shape == Shape::Plain
                    && matches!(field.label, Label::Implicit | Label::Explicit)
                    && lexer.peek() == b'{'
                {
                    walk(lexer, inner, &format!("{path}."), paths)?;
                } else {
                    lexer.skip()?;
                }
                if paths.len() == before {
                    paths.push(path);
                }
            }
        }
        if !lexer.more(b'}')? {
            return Ok(());
        }
    }
}
