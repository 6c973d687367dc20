impl <'a, T: Tail> App <'a, T> where T: Send {
    fn line(&mut self, cx: &mut Context <'_>, line: &str) -> Result <Flow, T::Error> { }
    #[deprecated] #[cfg(unix)] fn room(&mut self) { }
    fn raw(&self, ready: &mut Readiness) -> !{ }
    fn gone(&mut self, why: Ended) { }
    fn log(&mut self, failure: Failure <'_>) { }
}
const _: () = {
    use::miocene::__private as __miocene;
    const MIOCENE_TOKEN_0: __miocene::Token = {
        let __miocene_token = tokens::PEER;
        __miocene_token
    };
    const _: () = {
        if MIOCENE_TOKEN_0.0>= 1 <<24 {
            ::core::panic!("the value of `tokens::PEER` (for `line`) is too high: write a value below 16777216, which is 1 << 24");
        }
    };
    const MIOCENE_TOKEN_2: __miocene::Token = {
        let __miocene_token = TYPE;
        __miocene_token
    };
    const _: () = {
        match TYPE {
            TYPE => {
                let _ = TYPE;
            }
            _ => { }
        }
        if MIOCENE_TOKEN_2.0>= 1 <<24 {
            ::core::panic!("the value of `TYPE` (for `raw`) is too high: write a value below 16777216, which is 1 << 24");
        }
        if MIOCENE_TOKEN_2.0 == MIOCENE_TOKEN_0.0 {
            ::core::panic!("`tokens::PEER` (for `line`) and `TYPE` (for `raw`) have the same value: give each token a value of its own");
        }
    };
    trait MioceneTokens {
        const MIOCENE_TOKEN_1: __miocene::Token;
        const CHECKED: ();
    }
    #[automatically_derived] impl <'a, T: Tail> MioceneTokens for App <'a, T> where T: Send {
        const MIOCENE_TOKEN_1: __miocene::Token = {
            let __miocene_token = Self::OTHER;
            __miocene_token
        };
        const CHECKED: () = {
            if <Self as MioceneTokens> ::MIOCENE_TOKEN_1.0>= 1 <<24 {
                ::core::panic!("the value of `Self::OTHER` (for `line`) is too high: write a value below 16777216, which is 1 << 24");
            }
            if <Self as MioceneTokens> ::MIOCENE_TOKEN_1.0 == MIOCENE_TOKEN_0.0 {
                ::core::panic!("`tokens::PEER` (for `line`) and `Self::OTHER` (for `line`) have the same value: give each token a value of its own");
            }
            if MIOCENE_TOKEN_2.0 == <Self as MioceneTokens> ::MIOCENE_TOKEN_1.0 {
                ::core::panic!("`Self::OTHER` (for `line`) and `TYPE` (for `raw`) have the same value: give each token a value of its own");
            }
        };
    }
    #[automatically_derived] impl <'a, T: Tail> __miocene::Handlers for App <'a, T> where T: Send {
        const TABLE: &'static[__miocene::Entry] = {
            let() = <Self as MioceneTokens> ::CHECKED;
            &[__miocene::Entry::items("line", "tokens::PEER", MIOCENE_TOKEN_0, "self.peer").at(::core::file!(), ::core::line!()), __miocene::Entry::items("line", "Self::OTHER", <Self as MioceneTokens> ::MIOCENE_TOKEN_1, "self.others.0").at(::core::file!(), ::core::line!()), #[cfg(unix)] __miocene::Entry::writable("room", "tokens::PEER", MIOCENE_TOKEN_0, "self.peer").at(::core::file!(), ::core::line!()), __miocene::Entry::raw("raw", "TYPE", MIOCENE_TOKEN_2, __miocene::Interest::READABLE.add(__miocene::Interest::WRITABLE), "self.type").at(::core::file!(), ::core::line!()), __miocene::Entry::ended("gone", "tokens::PEER", MIOCENE_TOKEN_0).at(::core::file!(), ::core::line!()), __miocene::Entry::failed("log").at(::core::file!(), ::core::line!())]
        };
        fn source(&mut self, __miocene_token: __miocene::Token,) -> __miocene::Option <&mut dyn __miocene::Source> {
            match __miocene_token {
                MIOCENE_TOKEN_0 => {
                    #[cfg(unix)] {
                        let __miocene_writable = &__miocene::owner(self, tokens::PEER).peer;
                        __miocene::Writable::assert_writable(__miocene_writable);
                    }
                    __miocene::Some(__miocene::Drain::source(&mut __miocene::owner(self, tokens::PEER).peer))
                }
                _ if __miocene_token == <Self as MioceneTokens> ::MIOCENE_TOKEN_1 => {
                    __miocene::Some(__miocene::Drain::source(&mut self.others.0))
                }
                MIOCENE_TOKEN_2 => {
                    __miocene::Some(__miocene::EventSource::as_source(&mut __miocene::owner(self, TYPE).r#type))
                }
                _ => __miocene::None,
            }
        }
        fn kept(&mut self, __miocene_token: __miocene::Token,) -> __miocene::Option <&mut __miocene::Vec <__miocene::u8>> {
            match __miocene_token {
                MIOCENE_TOKEN_0 => __miocene::Drain::kept(&mut __miocene::owner(self, tokens::PEER).peer), _ if __miocene_token == <Self as MioceneTokens> ::MIOCENE_TOKEN_1 => __miocene::Drain::kept(&mut self.others.0), _ => __miocene::None,
            }
        }
        fn woken_by(&mut self, __miocene_token: __miocene::Token, __miocene_waking: &mut __miocene::Waking <'_>,) -> __miocene::io::Result <()> {
            match __miocene_token {
                MIOCENE_TOKEN_0 => __miocene::Drain::woken_by(&mut __miocene::owner(self, tokens::PEER).peer, __miocene_waking), _ if __miocene_token == <Self as MioceneTokens> ::MIOCENE_TOKEN_1 => __miocene::Drain::woken_by(&mut self.others.0, __miocene_waking), _ => __miocene::Ok(()),
            }
        }
        #[inline(always)] fn has_news(&mut self, __miocene_token: __miocene::Token) -> ::core::primitive::bool {
            match __miocene_token {
                MIOCENE_TOKEN_0 => __miocene::Drain::has_news(&mut __miocene::owner(self, tokens::PEER).peer), _ if __miocene_token == <Self as MioceneTokens> ::MIOCENE_TOKEN_1 => __miocene::Drain::has_news(&mut self.others.0), _ => false,
            }
        }
        #[inline(always)] fn dispatch(&mut self, __miocene_cx: &mut __miocene::Context <'_>, __miocene_input: &mut __miocene::Input, __miocene_token: __miocene::Token, __miocene_ready: __miocene::Readiness,) {
            match __miocene_token {
                MIOCENE_TOKEN_0 => {
                    let _ = | __miocene_app: &mut Self | {
                        __miocene::Drain::source(&mut __miocene::owner(__miocene_app, tokens::PEER).peer);
                    };
                    __miocene::items(self, __miocene_cx, __miocene_input, const {
                        __miocene::slot::<Self> (MIOCENE_TOKEN_0)
                    }, __miocene_ready, | __miocene_app | &mut __miocene::owner(__miocene_app, tokens::PEER).peer, | __miocene_app, __miocene_cx, line | {
                        let __miocene_outcome = Self::line(__miocene_app, __miocene_cx, line);
                        __miocene::Outcome::outcome(__miocene_outcome)
                    },);
                    #[cfg(unix)] __miocene::writable(self, __miocene_cx, const {
                        __miocene::slot::<Self> (MIOCENE_TOKEN_0)
                    }, __miocene_ready, | __miocene_app, __miocene_cx | {
                        #[allow(deprecated)] let __miocene_outcome = Self::room(__miocene_app);
                        __miocene::Outcome::outcome(__miocene_outcome)
                    });
                }
                _ if __miocene_token == <Self as MioceneTokens> ::MIOCENE_TOKEN_1 => {
                    let _ = | __miocene_app: &mut Self | {
                        __miocene::Drain::source(&mut __miocene_app.others.0);
                    };
                    __miocene::items(self, __miocene_cx, __miocene_input, const {
                        __miocene::slot::<Self> (<Self as MioceneTokens> ::MIOCENE_TOKEN_1)
                    }, __miocene_ready, | __miocene_app | &mut __miocene_app.others.0, | __miocene_app, __miocene_cx, line | {
                        let __miocene_outcome = Self::line(__miocene_app, __miocene_cx, line);
                        __miocene::Outcome::outcome(__miocene_outcome)
                    },);
                }
                MIOCENE_TOKEN_2 => {
                    __miocene::raw(self, __miocene_cx, const {
                        __miocene::slot::<Self> (MIOCENE_TOKEN_2)
                    }, __miocene_ready, | __miocene_app, __miocene_cx, ready | {
                        Self::raw(__miocene_app, ready)
                    });
                }
                _ => __miocene::Context::unknown(__miocene_cx, __miocene_token),
            }
        }
        fn ended(&mut self, __miocene_cx: &mut __miocene::Context <'_>, __miocene_token: __miocene::Token, __miocene_why: __miocene::Ended,) -> __miocene::Result <__miocene::Flow, __miocene::BoxError> {
            match __miocene_token {
                MIOCENE_TOKEN_0 => {
                    let __miocene_outcome = Self::gone(self, __miocene_why);
                    __miocene::Outcome::outcome(__miocene_outcome)
                }
                _ => __miocene::Ok(__miocene::Flow::Continue),
            }
        }
        fn failed(&mut self, __miocene_cx: &mut __miocene::Context <'_>, __miocene_failure: __miocene::Failure <'_>,) -> __miocene::Result <__miocene::Flow, __miocene::BoxError> {
            let __miocene_outcome = Self::log(self, __miocene_failure);
            __miocene::Outcome::outcome(__miocene_outcome)
        }
        #[inline(always)] fn is_noted(&mut self) -> ::core::primitive::bool {
            __miocene::Drain::has_news(&mut __miocene::owner(self, tokens::PEER).peer) || __miocene::Drain::has_news(&mut self.others.0)
        }
    }
};
