;; Asks for a URL of another scheme.
(data (i32.const 1024) "GETfile:///etc/passwd")
(data (i32.const 144) "\00\00\00\00\00\04\00\00\03\00\00\00\03\04\00\00\12\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
