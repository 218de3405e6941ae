;; Asks with a header whose value is a second request.
(data (i32.const 1024) "GEThttps://a.example/acceptx\0d\0aHost: b")
(data (i32.const 1088) "\15\04\00\00\06\00\00\00\1b\04\00\00\0a\00\00\00")
(data (i32.const 144) "\00\00\00\00\00\04\00\00\03\00\00\00\03\04\00\00\12\00\00\00\40\04\00\00\01\00\00\00\00\00\00\00\00\00\00\00")
