//! What commands are made of, and what is nearly one.

pub type Word = &'static [u8];

pub const KEYS: [Word; 7] = [b"a", b"b", b"k\0\xff", b"", b"key:1", b"n", b"num"];

pub const VALUES: [Word; 11] = [
    b"",
    b"1",
    b"-5",
    b"abc",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"01",
    b" 1",
    b"10",
    b"\0\r\n\xff",
    b"a value that is somewhat longer than the others are, for a change",
];

pub const NUMBERS: [Word; 18] = [
    b"1",
    b"-1",
    b"0",
    b"10",
    b"100",
    b"abc",
    b"",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"9223372036854775808",
    b"9223372036854775",
    b"9223372036854776",
    b"1.5",
    b"+1",
    b" 1",
    b"01",
    b"1000000",
    b"-100",
];

pub const SET_OPTIONS: [Word; 10] = [
    b"EX", b"PX", b"NX", b"XX", b"GET", b"KEEPTTL", b"ex", b"Px", b"foo", b"GT",
];

pub const EXPIRE_OPTIONS: [Word; 6] = [b"NX", b"XX", b"GT", b"LT", b"nx", b"bad"];

pub const PATTERNS: [Word; 19] = [
    b"*",
    b"?",
    b"k*",
    b"*1",
    b"[ab]",
    b"[^a]",
    b"[a-k]",
    b"\\a",
    b"[",
    b"[a",
    b"k[e",
    b"[b-a]",
    b"[]",
    b"[^]",
    b"n*m",
    b"n?m",
    b"a\\",
    b"[\\a]",
    b"key:[0-9]",
];

/// What is not in the protocol, or nearly. The client is not listened to after most
/// of it.
pub const NEARLY: [Word; 18] = [
    b"*x\r\n",
    b"*1\r\n:1\r\n",
    b"*1\r\n$x\r\n",
    b"*2\r\n$-1\r\n",
    b"*0\r\n*-1\r\n\r\n*1\r\n$4\r\nPING\r\n",
    b"*1\r\n$99999999999\r\n",
    b"*1048577\r\n",
    b"*3000000000\r\n",
    b"set \"a\r\n",
    b"get 'a'b\r\n",
    b"*1\r\n\r\n",
    b"*01\r\n$4\r\nPING\r\n",
    b"*1\r\n$04\r\nPING\r\n",
    b"*1\r\n\xff3\r\n",
    b"*1X\r\n",
    b"*1\rX$4\rYPINGab*1\r\n$4\r\nPING\r\n",
    b"$4\r\nPING\r\n",
    b" \t\r\n\n PING\n",
];
