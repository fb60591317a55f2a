//! Reading and writing the protocol's primitive types.

mod error;
mod reader;
mod records;
mod text;
mod value;
mod writer;

pub use error::DecodeError;
pub use reader::{Reader, TagScope};
pub use records::Records;
pub use text::Str;
pub use value::{Format, Value, read_option, write_option};
pub use writer::Writer;
