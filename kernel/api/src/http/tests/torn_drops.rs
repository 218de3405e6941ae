//! PROMISES row 15: an upload to a drop folder that breaks off at every twentieth leaves nothing, and
//! sending it again is harmless. Over a real socket, because that is what breaks.

use std::net::Shutdown;
use std::sync::atomic::Ordering;

use taihu_service::Role;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::serving::{End, read, write};
use super::town::Town;
use crate::http::serve;

const FILE: &str = "/v1/tenants/deqing/sources/deqing-lines/files/a.csv";

/// Sends the head of an upload and a part of its bytes, ends sending, and hands out the answer.
async fn send(address: std::net::SocketAddr, token: &str, whole: &[u8], sent: usize) -> String {
    let stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PUT {FILE} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         content-length: {}\r\n\r\n",
        whole.len()
    );
    write(&stream, head.as_bytes()).await;
    write(&stream, &whole[..sent]).await;
    if sent == whole.len() {
        return read(&stream, usize::MAX).await;
    }
    let stream = stream.into_std().unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    read(&TcpStream::from_std(stream).unwrap(), usize::MAX).await
}

#[expect(clippy::disallowed_methods, reason = "a test looks at what was kept")]
fn content(folder: &std::path::Path) -> Vec<u8> {
    std::fs::read(folder.join("a.csv")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_breaks_off_leaves_nothing_and_can_be_sent_again() {
    let town = Town::new();
    town.import("deqing");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let _end = End(town.state.clone());
    let (end, ended) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve(listener, town.state.clone(), async {
        let _ = ended.await;
    }));
    let token = town.token(Role::Provider, "deqing").to_owned();
    let folder = town.path().join("home/drop/deqing-lines");
    let files = || match std::fs::read_dir(&folder) {
        Ok(files) => files.map(|file| file.unwrap().file_name()).collect(),
        Err(_) => Vec::new(),
    };
    let whole: Vec<u8> = (0..200_000_u32).flat_map(|at| at.to_be_bytes()).collect();
    for twentieth in 0..20 {
        let answer = send(address, &token, &whole, whole.len() * twentieth / 20).await;
        let good = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(good, "cut at {twentieth}/20: {answer}");
        assert!(files().is_empty(), "cut at {twentieth}/20: {:?}", files());
    }
    for _ in 0..2 {
        let answer = send(address, &token, &whole, whole.len()).await;
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
        assert_eq!(files(), ["a.csv"]);
        assert!(content(&folder) == whole);
    }
    // A file that is there stays whole when the next of its name breaks off.
    send(address, &token, &whole[1..], whole.len() / 2).await;
    assert!(content(&folder) == whole);
    end.send(()).unwrap();
    serving.await.unwrap().unwrap();
    assert!(town.state.closing().load(Ordering::Acquire));
}
