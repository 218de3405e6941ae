;; Asks for a file outside of its folder: read-file("../../seal.key").
(data (i32.const 1024) "../../seal.key")
(data (i32.const 144) "\02\00\00\00\00\04\00\00\0e\00\00\00")
