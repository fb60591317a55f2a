//! Random numbers.

/// `N` bytes from the operating system's generator.
///
/// # Panics
/// If the operating system has no randomness to give, which leaves no way to make an id.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    getrandom::fill(&mut out).expect("the operating system gives random bytes");
    out
}
