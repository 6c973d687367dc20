impl <T: Tail> App <T> {
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) { }
    fn line(&mut self, client: &mut Connection <Lines, Guest>, line: &str) -> Flow { }
    #[cfg(unix)] fn room(&mut self, cx: &mut Context <'_>, client: &mut Connection <Lines, Guest>) { }
    fn hello(&mut self, _: &mut Connection <Lines, Guest>) { }
    fn last_words(&mut self, client: &mut Connection <Lines, Guest>, why: Ended) { }
    fn gone(&mut self, cx: &mut Context <'_>, client: Connection <Lines, Guest>, why: Closed) { }
    #[cfg(unix)] fn peer(&self, peer: &mut Peer, ready: &mut Readiness) { }
    fn also(&mut self, listener: &mut TcpListener, (stream, _): (TcpStream, SocketAddr)) { }
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
    const MIOCENE_FAMILY_1: __miocene::Tokens = {
        let __miocene_token = CLIENTS;
        __miocene_token
    };
    #[cfg(unix)] const MIOCENE_FAMILY_3: __miocene::Tokens = {
        let __miocene_token = peers::PEERS;
        __miocene_token
    };
    #[cfg(unix)] const _: () = {
        if __miocene::Tokens::number(MIOCENE_FAMILY_3) == __miocene::Tokens::number(MIOCENE_FAMILY_1) {
            ::core::panic!("`CLIENTS` (for `line`) and `peers::PEERS` (for `peer`) have the same number: give each family a number of its own");
        }
    };
    const MIOCENE_FAMILY_4: __miocene::Tokens = {
        let __miocene_token = LISTENERS;
        __miocene_token
    };
    const _: () = {
        if __miocene::Tokens::number(MIOCENE_FAMILY_4) == __miocene::Tokens::number(MIOCENE_FAMILY_1) {
            ::core::panic!("`CLIENTS` (for `line`) and `LISTENERS` (for `also`) have the same number: give each family a number of its own");
        }
        #[cfg(unix)] {
            if __miocene::Tokens::number(MIOCENE_FAMILY_4) == __miocene::Tokens::number(MIOCENE_FAMILY_3) {
                ::core::panic!("`peers::PEERS` (for `peer`) and `LISTENERS` (for `also`) have the same number: give each family a number of its own");
            }
        }
    };
    trait MioceneTokens {
        const MIOCENE_FAMILY_2: __miocene::Tokens;
        const CHECKED: ();
    }
    #[automatically_derived] impl <T: Tail> MioceneTokens for App <T> {
        const MIOCENE_FAMILY_2: __miocene::Tokens = {
            let __miocene_token = Self::UPSTREAMS;
            __miocene_token
        };
        const CHECKED: () = {
            if __miocene::Tokens::number(<Self as MioceneTokens> ::MIOCENE_FAMILY_2) == __miocene::Tokens::number(MIOCENE_FAMILY_1) {
                ::core::panic!("`CLIENTS` (for `line`) and `Self::UPSTREAMS` (for `hello`) have the same number: give each family a number of its own");
            }
            #[cfg(unix)] {
                if __miocene::Tokens::number(MIOCENE_FAMILY_3) == __miocene::Tokens::number(<Self as MioceneTokens> ::MIOCENE_FAMILY_2) {
                    ::core::panic!("`Self::UPSTREAMS` (for `hello`) and `peers::PEERS` (for `peer`) have the same number: give each family a number of its own");
                }
            }
            if __miocene::Tokens::number(MIOCENE_FAMILY_4) == __miocene::Tokens::number(<Self as MioceneTokens> ::MIOCENE_FAMILY_2) {
                ::core::panic!("`Self::UPSTREAMS` (for `hello`) and `LISTENERS` (for `also`) have the same number: give each family a number of its own");
            }
        };
    }
    #[automatically_derived] impl <T: Tail> __miocene::Handlers for App <T> {
        const TABLE: &'static[__miocene::Entry] = {
            let() = <Self as MioceneTokens> ::CHECKED;
            &[__miocene::Entry::items("accept", "SERVER", MIOCENE_TOKEN_0, "self.server").at(::core::file!(), ::core::line!()), __miocene::Entry::family(__miocene::Kind::Items, "line", "CLIENTS", MIOCENE_FAMILY_1, "self.clients").at(::core::file!(), ::core::line!()), #[cfg(unix)] __miocene::Entry::family(__miocene::Kind::Writable, "room", "CLIENTS", MIOCENE_FAMILY_1, "self.clients").at(::core::file!(), ::core::line!()), __miocene::Entry::family(__miocene::Kind::Opened, "hello", "CLIENTS", MIOCENE_FAMILY_1, "self.clients").at(::core::file!(), ::core::line!()), __miocene::Entry::family(__miocene::Kind::Opened, "hello", "Self::UPSTREAMS", <Self as MioceneTokens> ::MIOCENE_FAMILY_2, "self.upstreams").at(::core::file!(), ::core::line!()), __miocene::Entry::family(__miocene::Kind::Ended, "last_words", "CLIENTS", MIOCENE_FAMILY_1, "self.clients").at(::core::file!(), ::core::line!()), __miocene::Entry::family(__miocene::Kind::Closed, "gone", "CLIENTS", MIOCENE_FAMILY_1, "self.clients").at(::core::file!(), ::core::line!()), #[cfg(unix)] __miocene::Entry::family(__miocene::Kind::Raw(__miocene::Interest::READABLE.add(__miocene::Interest::WRITABLE)), "peer", "peers::PEERS", MIOCENE_FAMILY_3, "self.all.peers").at(::core::file!(), ::core::line!()), __miocene::Entry::family(__miocene::Kind::Items, "also", "LISTENERS", MIOCENE_FAMILY_4, "self.listeners").at(::core::file!(), ::core::line!())]
        };
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
                    __miocene::items_filling(self, __miocene_cx, __miocene_input, const {
                        __miocene::slot::<Self> (MIOCENE_TOKEN_0)
                    }, __miocene_ready, | __miocene_app | &mut __miocene::owner(__miocene_app, SERVER).server, | __miocene_app, __miocene_cx, __miocene_item | {
                        let __miocene_outcome = Self::accept(__miocene_app, __miocene_item);
                        __miocene::Outcome::outcome(__miocene_outcome)
                    }, | __miocene_app | __miocene::Family::has_room({
                        let __miocene_family: fn(&mut Self) -> &mut __miocene::Family <_> = | __miocene_app | &mut __miocene::owner(__miocene_app, CLIENTS).clients;
                        __miocene_family(__miocene_app)
                    }) &&__miocene::Family::has_room({
                        let __miocene_family: fn(&mut Self) -> &mut __miocene::Family <_> = | __miocene_app | &mut __miocene::owner(__miocene_app, Self::UPSTREAMS).upstreams;
                        __miocene_family(__miocene_app)
                    }));
                }
                _ if __miocene::Tokens::contains(MIOCENE_FAMILY_1, __miocene_token) => {
                    let _ = || {
                        let __miocene_hooks = __miocene::Hooks::<Self, _, _> ::drained(MIOCENE_FAMILY_1, | __miocene_app | &mut __miocene::owner(__miocene_app, CLIENTS).clients);
                    };
                    __miocene::family_items(self, __miocene_cx, __miocene_input, __miocene_token, __miocene_ready, | __miocene_app | &mut __miocene::owner(__miocene_app, CLIENTS).clients, | __miocene_app, __miocene_cx, client, line | {
                        let __miocene_outcome = Self::line(__miocene_app, client, line);
                        __miocene::Outcome::outcome(__miocene_outcome)
                    },);
                    #[cfg(unix)] __miocene::family_writable(self, __miocene_cx, __miocene_token, __miocene_ready, | __miocene_app | &mut __miocene::owner(__miocene_app, CLIENTS).clients, | __miocene_app, __miocene_cx, client | {
                        let __miocene_outcome = Self::room(__miocene_app, __miocene_cx, client);
                        __miocene::Outcome::outcome(__miocene_outcome)
                    });
                }
                _ if __miocene::Tokens::contains(<Self as MioceneTokens> ::MIOCENE_FAMILY_2, __miocene_token) => {
                    let _ = || {
                        let __miocene_hooks = __miocene::Hooks::<Self, _, _> ::drained(<Self as MioceneTokens> ::MIOCENE_FAMILY_2, | __miocene_app | &mut __miocene::owner(__miocene_app, Self::UPSTREAMS).upstreams);
                    };
                    __miocene::family_unread(self, __miocene_cx, __miocene_input, __miocene_token, __miocene_ready, | __miocene_app | &mut __miocene::owner(__miocene_app, Self::UPSTREAMS).upstreams);
                }
                #[cfg(unix)] _ if __miocene::Tokens::contains(MIOCENE_FAMILY_3, __miocene_token) => {
                    let _ = || {
                        #[cfg(unix)] let __miocene_hooks = __miocene::Hooks::<Self, _, _> ::raw(MIOCENE_FAMILY_3, | __miocene_app | &mut __miocene_app.all.peers);
                        #[cfg(not(any(all(unix))))] let __miocene_hooks = __miocene::Hooks::<Self, _, _> ::drained(MIOCENE_FAMILY_3, | __miocene_app | &mut __miocene_app.all.peers);
                    };
                    #[cfg(unix)] __miocene::family_raw(self, __miocene_cx, __miocene_token, __miocene_ready, | __miocene_app | &mut __miocene_app.all.peers, | __miocene_app, __miocene_cx, peer, ready | {
                        let __miocene_outcome = Self::peer(__miocene_app, peer, ready);
                        __miocene::Outcome::outcome(__miocene_outcome)
                    });
                    #[cfg(not(any(all(unix))))] __miocene::family_unread(self, __miocene_cx, __miocene_input, __miocene_token, __miocene_ready, | __miocene_app | &mut __miocene_app.all.peers);
                }
                _ if __miocene::Tokens::contains(MIOCENE_FAMILY_4, __miocene_token) => {
                    let _ = || {
                        let __miocene_hooks = __miocene::Hooks::<Self, _, _> ::drained(MIOCENE_FAMILY_4, | __miocene_app | &mut __miocene::owner(__miocene_app, LISTENERS).listeners);
                    };
                    __miocene::family_items_filling(self, __miocene_cx, __miocene_input, __miocene_token, __miocene_ready, | __miocene_app | &mut __miocene::owner(__miocene_app, LISTENERS).listeners, | __miocene_app, __miocene_cx, listener, __miocene_item | {
                        let __miocene_outcome = Self::also(__miocene_app, listener, __miocene_item);
                        __miocene::Outcome::outcome(__miocene_outcome)
                    }, | __miocene_app | (match() {
                        #[cfg(unix)]() => __miocene::Family::has_room({
                            let __miocene_family: fn(&mut Self) -> &mut __miocene::Family <_> = | __miocene_app | &mut __miocene_app.all.peers;
                            __miocene_family(__miocene_app)
                        }), #[cfg(not(any(all(unix))))]() => true
                    }));
                }
                _ => __miocene::Context::unknown(__miocene_cx, __miocene_token),
            }
        }
        #[inline(always)] fn is_noted(&mut self) -> ::core::primitive::bool {
            __miocene::Family::is_noted({
                let __miocene_family: fn(&mut Self) -> &mut __miocene::Family <_> = | __miocene_app | &mut __miocene::owner(__miocene_app, CLIENTS).clients;
                __miocene_family(self)
            }) || __miocene::Family::is_noted({
                let __miocene_family: fn(&mut Self) -> &mut __miocene::Family <_> = | __miocene_app | &mut __miocene::owner(__miocene_app, Self::UPSTREAMS).upstreams;
                __miocene_family(self)
            }) || (match() {
                #[cfg(unix)]() => __miocene::Family::is_noted({
                    let __miocene_family: fn(&mut Self) -> &mut __miocene::Family <_> = | __miocene_app | &mut __miocene_app.all.peers;
                    __miocene_family(self)
                }), #[cfg(not(any(all(unix))))]() => false
            }) || __miocene::Family::is_noted({
                let __miocene_family: fn(&mut Self) -> &mut __miocene::Family <_> = | __miocene_app | &mut __miocene::owner(__miocene_app, LISTENERS).listeners;
                __miocene_family(self)
            }) || __miocene::Drain::has_news(&mut __miocene::owner(self, SERVER).server)
        }
        const FAMILIES: ::core::primitive::bool = true;
        fn families <MioceneVisitor: __miocene::Visitor <Self>> (&mut self, __miocene_visitor: &mut MioceneVisitor,) {
            let __miocene_hooks = __miocene::Hooks::<Self, _, _> ::drained(MIOCENE_FAMILY_1, | __miocene_app | &mut __miocene::owner(__miocene_app, CLIENTS).clients);
            #[cfg(unix)] {
                let __miocene_writable = {
                    let __miocene_family: fn(&mut Self) -> &mut __miocene::Family <_> = | __miocene_app | &mut __miocene::owner(__miocene_app, CLIENTS).clients;
                    __miocene_family(self)
                };
                __miocene::Family::assert_writable(__miocene_writable);
            }
            #[cfg(unix)] let __miocene_hooks = __miocene_hooks.writable(| __miocene_app, __miocene_cx, client | {
                let __miocene_outcome = Self::room(__miocene_app, __miocene_cx, client);
                __miocene::Outcome::outcome(__miocene_outcome)
            });
            let __miocene_hooks = __miocene_hooks.opened(| __miocene_app, __miocene_cx, __miocene_member | {
                let __miocene_outcome = Self::hello(__miocene_app, __miocene_member);
                __miocene::Outcome::outcome(__miocene_outcome)
            });
            let __miocene_hooks = __miocene_hooks.ended(| __miocene_app, __miocene_cx, client, why | {
                let __miocene_outcome = Self::last_words(__miocene_app, client, why);
                __miocene::Outcome::outcome(__miocene_outcome)
            });
            let __miocene_hooks = __miocene_hooks.closed(| __miocene_app, __miocene_cx, client, why | {
                let __miocene_outcome = Self::gone(__miocene_app, __miocene_cx, client, why);
                __miocene::Outcome::outcome(__miocene_outcome)
            });
            __miocene::Visitor::visit(__miocene_visitor, self, __miocene_hooks);
            let __miocene_hooks = __miocene::Hooks::<Self, _, _> ::drained(<Self as MioceneTokens> ::MIOCENE_FAMILY_2, | __miocene_app | &mut __miocene::owner(__miocene_app, Self::UPSTREAMS).upstreams);
            let __miocene_hooks = __miocene_hooks.opened(| __miocene_app, __miocene_cx, __miocene_member | {
                let __miocene_outcome = Self::hello(__miocene_app, __miocene_member);
                __miocene::Outcome::outcome(__miocene_outcome)
            });
            __miocene::Visitor::visit(__miocene_visitor, self, __miocene_hooks);
            #[cfg(unix)] {
                #[cfg(unix)] let __miocene_hooks = __miocene::Hooks::<Self, _, _> ::raw(MIOCENE_FAMILY_3, | __miocene_app | &mut __miocene_app.all.peers);
                #[cfg(not(any(all(unix))))] let __miocene_hooks = __miocene::Hooks::<Self, _, _> ::drained(MIOCENE_FAMILY_3, | __miocene_app | &mut __miocene_app.all.peers);
                __miocene::Visitor::visit(__miocene_visitor, self, __miocene_hooks);
            }
            let __miocene_hooks = __miocene::Hooks::<Self, _, _> ::drained(MIOCENE_FAMILY_4, | __miocene_app | &mut __miocene::owner(__miocene_app, LISTENERS).listeners);
            __miocene::Visitor::visit(__miocene_visitor, self, __miocene_hooks);
        }
    }
};
