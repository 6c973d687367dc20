impl Guide {
    fn accept(&mut self, (_connection, address): (TcpStream, SocketAddr)) {
        println!("Got a connection from: {address}");
    }
}
const _: () = {
    use::miocene::__private as __miocene;
    const MIOCENE_TOKEN_0: __miocene::Token = {
        let __miocene_token = SERVER;
        __miocene_token
    };
    const _: () = {
        match SERVER {
            SERVER => {
                let _ = SERVER;
            }
            _ => { }
        }
        if MIOCENE_TOKEN_0.0>= 1 <<24 {
            ::core::panic!("the value of `SERVER` (for `accept`) is too high: write a value below 16777216, which is 1 << 24");
        }
    };
    #[automatically_derived] impl __miocene::Handlers for Guide {
        const TABLE: &'static[__miocene::Entry] = &[__miocene::Entry::items("accept", "SERVER", MIOCENE_TOKEN_0, "self.server").at(::core::file!(), ::core::line!())];
        fn source(&mut self, __miocene_token: __miocene::Token,) -> __miocene::Option <&mut dyn __miocene::Source> {
            match __miocene_token {
                MIOCENE_TOKEN_0 => {
                    __miocene::Some(__miocene::Drain::source(&mut __miocene::owner(self, SERVER).server))
                }
                _ => __miocene::None,
            }
        }
        fn kept(&mut self, __miocene_token: __miocene::Token,) -> __miocene::Option <&mut __miocene::Vec <__miocene::u8>> {
            match __miocene_token {
                MIOCENE_TOKEN_0 => __miocene::Drain::kept(&mut __miocene::owner(self, SERVER).server), _ => __miocene::None,
            }
        }
        fn woken_by(&mut self, __miocene_token: __miocene::Token, __miocene_waking: &mut __miocene::Waking <'_>,) -> __miocene::io::Result <()> {
            match __miocene_token {
                MIOCENE_TOKEN_0 => __miocene::Drain::woken_by(&mut __miocene::owner(self, SERVER).server, __miocene_waking), _ => __miocene::Ok(()),
            }
        }
        #[inline(always)] fn has_news(&mut self, __miocene_token: __miocene::Token) -> ::core::primitive::bool {
            match __miocene_token {
                MIOCENE_TOKEN_0 => __miocene::Drain::has_news(&mut __miocene::owner(self, SERVER).server), _ => false,
            }
        }
        #[inline(always)] fn dispatch(&mut self, __miocene_cx: &mut __miocene::Context <'_>, __miocene_input: &mut __miocene::Input, __miocene_token: __miocene::Token, __miocene_ready: __miocene::Readiness,) {
            match __miocene_token {
                MIOCENE_TOKEN_0 => {
                    let _ = | __miocene_app: &mut Self | {
                        __miocene::Drain::source(&mut __miocene::owner(__miocene_app, SERVER).server);
                    };
                    __miocene::items(self, __miocene_cx, __miocene_input, const {
                        __miocene::slot::<Self> (MIOCENE_TOKEN_0)
                    }, __miocene_ready, | __miocene_app | &mut __miocene::owner(__miocene_app, SERVER).server, | __miocene_app, __miocene_cx, __miocene_item | {
                        let __miocene_outcome = Self::accept(__miocene_app, __miocene_item);
                        __miocene::Outcome::outcome(__miocene_outcome)
                    },);
                }
                _ => __miocene::Context::unknown(__miocene_cx, __miocene_token),
            }
        }
        #[inline(always)] fn is_noted(&mut self) -> ::core::primitive::bool {
            __miocene::Drain::has_news(&mut __miocene::owner(self, SERVER).server)
        }
    }
};
