//! What defines a config.

/// The type of a config's value, with the number that DescribeConfigs gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// `true` or `false`.
    Boolean = 1,
    /// Any text.
    String = 2,
    /// A number of 32 bits.
    Int = 3,
    /// A number of 16 bits.
    Short = 4,
    /// A number of 64 bits.
    Long = 5,
    /// A floating point number.
    Double = 6,
    /// Texts, separated by commas.
    List = 7,
    /// The name of a Java class.
    Class = 8,
    /// A text that is never shown.
    Password = 9,
}

/// How much attention a config deserves, as Kafka ranks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Importance {
    /// Needs a thought in every installation.
    High,
    /// Matters for some.
    Medium,
    /// Rarely touched.
    Low,
}

/// What a value must satisfy beyond its type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Validator {
    /// Nothing.
    Any,
    /// A number not below the first and not above the second bound.
    Range(Bound, Bound),
    /// 1 to 9, or -1.
    GzipLevel,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// One of these texts, in whatever case.
    OneOfIgnoringCase(&'static [&'static str]),
    /// A text that is not empty.
    NonEmpty,
    /// A list without empty texts, whose texts are among these if there are any, and which may be empty or not. Duplicates
    /// are taken out.
    List(&'static [&'static str], EmptyList),
    /// `host:limit,…`.
    HostLimits,
    /// `partition:broker,…`, or `*`.
    ThrottledReplicas,
}

/// An end of a range. Kafka prints whole bounds without a fraction, so these are whole unless they must not be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// No bound.
    None,
    /// A whole number.
    Whole(i64),
    /// A number with a fraction.
    Fraction(f64),
}

/// Whether a list may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyList {
    /// It may.
    Allowed,
    /// It may not.
    Refused,
}

/// A broker property that gives a topic config its value where the topic does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synonym {
    /// The broker property.
    pub name: &'static str,
    /// What its value is multiplied with: properties in minutes or hours stand for configs in milliseconds.
    pub factor: i64,
}

/// A topic config.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TopicConfig {
    /// Its name.
    pub name: &'static str,
    /// The type of its value.
    pub value_type: ValueType,
    /// The value where nothing else gives one.
    pub default: &'static str,
    /// What its value must satisfy.
    pub validator: Validator,
    /// How much attention it deserves.
    pub importance: Importance,
    /// The broker properties that stand for it, the strongest first.
    pub synonyms: &'static [Synonym],
    /// Whether Vltava acts on it. The others are kept and described only.
    pub used: bool,
    /// What it does.
    pub documentation: &'static str,
}

/// When a change of a broker property takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateMode {
    /// At the next start.
    ReadOnly,
    /// At once, and each broker may have its own value.
    PerBroker,
    /// At once, for one broker or for all.
    ClusterWide,
}

/// A broker property.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrokerConfig {
    /// Its name.
    pub name: &'static str,
    /// The type of its value.
    pub value_type: ValueType,
    /// The value where nothing else gives one; `None` if it then has none.
    pub default: Option<&'static str>,
    /// What its value must satisfy.
    pub validator: Validator,
    /// How much attention it deserves.
    pub importance: Importance,
    /// When a change takes effect.
    pub update_mode: UpdateMode,
    /// Whether it is left out where configs are listed and it is not set.
    pub internal: bool,
    /// Whether Vltava acts on it. The others are accepted so that a Kafka broker's file can be used as it is.
    pub used: bool,
    /// What it does; empty for those that are not used.
    pub documentation: &'static str,
}

impl ValueType {
    /// Whether values of this type are never shown.
    pub fn is_sensitive(self) -> bool {
        self == ValueType::Password
    }

    /// Kafka's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            ValueType::Boolean => "BOOLEAN",
            ValueType::String => "STRING",
            ValueType::Int => "INT",
            ValueType::Short => "SHORT",
            ValueType::Long => "LONG",
            ValueType::Double => "DOUBLE",
            ValueType::List => "LIST",
            ValueType::Class => "CLASS",
            ValueType::Password => "PASSWORD",
        }
    }

    /// The number that DescribeConfigs gives the type.
    pub fn code(self) -> i8 {
        self as i8
    }
}
