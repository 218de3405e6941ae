;; Asks with the kernel's own header: GET with "authorization".
(data (i32.const 1024) "GEThttps://a.example/authorizationBearer 1")
(data (i32.const 1088) "\15\04\00\00\0d\00\00\00\22\04\00\00\08\00\00\00")
(data (i32.const 144) "\00\00\00\00\00\04\00\00\03\00\00\00\03\04\00\00\12\00\00\00\40\04\00\00\01\00\00\00\00\00\00\00\00\00\00\00")
