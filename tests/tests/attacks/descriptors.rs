//! A server that may open no more descriptors.

use miocene_tests::checks::descriptors::shortage;
use miocene_tests::report::{
    Attack,
    Expected::{Breaks, Survives},
};

pub fn attacks() -> Vec<Attack> {
    vec![Attack {
        name: "no descriptors for 1 s".to_owned(),
        make: Box::new(shortage),
        expected: [Survives, Breaks("code: 24, "), Breaks("code: 24, ")],
    }]
}
