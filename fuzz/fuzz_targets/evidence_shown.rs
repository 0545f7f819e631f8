#![no_main]

thread_local! {
    static SUBJECT: intaglio_fuzz::Subject = intaglio_fuzz::Subject::new("evidence, shown");
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| SUBJECT.with(|subject| subject.try_input(input)));
