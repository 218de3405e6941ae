//! An embedding endpoint of the test's own on loopback, which can misbehave in every way.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// As it should.
    Good,
    /// As it should, and says that another model did.
    OtherModel,
    /// With vectors of other lengths.
    OtherLength,
    /// It takes the request and says nothing.
    Silent,
    /// It closes the connection.
    Down,
    NotANumber,
    Null,
    Zeros,
    TooFew,
    Endless,
    NoJson,
    TooMany,
    Forbidden,
    Moved,
    /// 400 for every text with 坏 in it.
    Picky,
    /// 400 for everything.
    Refuses,
}

#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Texts of requests that were answered well.
    pub(super) texts: Vec<String>,
    /// Requests of any kind.
    pub(super) requests: usize,
    pub(super) authorization: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    pub(super) url: String,
    pub(super) manner: Arc<Mutex<Manner>>,
    pub(super) seen: Arc<Mutex<Seen>>,
}

impl Endpoint {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1/embeddings", listener.local_addr().unwrap());
        let endpoint =
            Self { url, manner: Arc::new(Mutex::new(Manner::Good)), seen: Arc::default() };
        let answering = endpoint.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let endpoint = answering.clone();
                std::thread::spawn(move || endpoint.answer(stream));
            }
        });
        endpoint
    }

    pub(super) fn become_manner(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    fn answer(&self, mut stream: TcpStream) {
        let manner = *self.manner.lock().unwrap();
        self.seen.lock().unwrap().requests += 1;
        if manner == Manner::Down {
            return;
        }
        let body = self.read(&stream);
        let texts: Vec<String> = body["input"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|text| text.as_str().unwrap().to_owned())
            .collect();
        let refused = texts.iter().any(|text| text.contains('坏'));
        let (head, reply) = match manner {
            Manner::Silent => {
                // Until the other side has had enough.
                let _ = stream.read(&mut [0; 1]);
                return;
            }
            Manner::Endless => {
                let _ = write!(stream, "HTTP/1.1 200 OK\r\n\r\n{{\"data\":[");
                while stream.write_all(&[b' '; 4096]).is_ok() {}
                return;
            }
            Manner::TooMany => ("429 Too Many Requests\r\nretry-after: 7", "{}".to_owned()),
            Manner::Forbidden => ("401 Unauthorized", "{}".to_owned()),
            Manner::Moved => ("307 Moved\r\nlocation: http://127.0.0.2:9/v1", String::new()),
            Manner::Picky if refused => ("400 Bad Request", "{}".to_owned()),
            Manner::Refuses => ("400 Bad Request", "{}".to_owned()),
            Manner::NoJson => ("200 OK", "<html>hello</html>".to_owned()),
            _ => {
                self.seen.lock().unwrap().texts.extend(texts.iter().cloned());
                ("200 OK", vectors(manner, &texts))
            }
        };
        let length = reply.len();
        let _ = write!(
            stream,
            "HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{reply}"
        );
    }

    fn read(&self, stream: &TcpStream) -> Value {
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            match line.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap();
                }
                Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                    self.seen.lock().unwrap().authorization = Some(value.to_owned());
                }
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }
}

/// What texts are about: two ways of saying the same point the same way.
const SUBJECTS: [&[&str]; 3] = [&["旧电池", "报废蓄能单元"], &["污水"], &["桑蚕"]];

fn vectors(manner: Manner, texts: &[String]) -> String {
    let lone = |text: &str| -> Vec<f64> {
        let mut vector = vec![0.3, 0.2, 0.1, 0.1];
        for (at, names) in SUBJECTS.iter().enumerate() {
            vector[at] += names.iter().filter(|name| text.contains(**name)).count() as f64;
        }
        match manner {
            Manner::Zeros => vec![0.0; 4],
            Manner::OtherLength => [vector, vec![0.1]].concat(),
            _ => vector,
        }
    };
    let mut data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| json!({ "object": "embedding", "index": at, "embedding": lone(text) }))
        .collect();
    // The order is not ours to rely on.
    data.reverse();
    if manner == Manner::TooFew {
        data.pop();
    }
    let model = if manner == Manner::OtherModel { "subjects-2" } else { "subjects-1" };
    let reply = json!({ "object": "list", "model": model, "data": data }).to_string();
    match manner {
        Manner::NotANumber => reply.replace("0.1", "NaN"),
        Manner::Null => reply.replace("0.1", "null"),
        _ => reply,
    }
}
