impl Guide {
    fn accept(&mut self, item: (TcpStream, SocketAddr)) { }
}
::core::compile_error!{
    "`token = …` is unfinished"
}
const _: () = {
    use::miocene::__private as __miocene;
    #[automatically_derived] impl __miocene::Handlers for Guide {
        const TABLE: &'static[__miocene::Entry] = &[];
        fn source(&mut self, __miocene_token: __miocene::Token,) -> __miocene::Option <&mut dyn __miocene::Source> {
            match __miocene_token {
                _ => __miocene::None,
            }
        }
        #[inline(always)] fn dispatch(&mut self, __miocene_cx: &mut __miocene::Context <'_>, __miocene_input: &mut __miocene::Input, __miocene_token: __miocene::Token, __miocene_ready: __miocene::Readiness,) {
            match __miocene_token {
                _ => __miocene::Context::unknown(__miocene_cx, __miocene_token),
            }
        }
    }
};
