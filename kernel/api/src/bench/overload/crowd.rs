//! A crowd that asks over HTTP on kept connections: so many at once, each after its answer, or at a
//! steady pace whatever comes back. One thread; it reads of an answer only what it counts.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Connections at once: fewer than a server takes, and than files that a process may open. Who finds
/// none is late, and that is counted.
const CONNECTIONS_MAX: usize = 400;

/// One question and what came of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// HTTP status code; zero if there was no answer.
    status: u16,
    /// Whole seconds of `Retry-After`; zero without it.
    retry_after_s: u32,
    /// From when it was due to when the answer was there.
    pub(super) took: Duration,
    /// When the answer was there.
    pub(super) at: Instant,
}

impl Seen {
    pub(super) fn is_good(&self) -> bool {
        self.status == 200
    }

    /// Refused as promised: with a word on when to come again.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self.status, 429 | 503) && self.retry_after_s > 0
    }
}

/// What is posted to, and who does it.
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) token: String,
}

/// Who asks.
pub(super) struct Crowd {
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
    next: Cell<usize>,
    places: Semaphore,
    idle: RefCell<Vec<Connection>>,
}

impl Crowd {
    /// Gathers a crowd that asks these things in turn.
    pub(super) fn new(address: SocketAddr, asked: &[Asked]) -> Self {
        let request = |Asked { path, token }: &Asked| {
            format!(
                "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\ncontent-length: 0\r\n\r\n"
            )
            .into_bytes()
        };
        Self {
            address,
            requests: asked.iter().map(request).collect(),
            next: Cell::new(0),
            places: Semaphore::new(CONNECTIONS_MAX),
            idle: RefCell::default(),
        }
    }

    /// Asks with so many callers at once, each after its answer, for so long.
    pub(super) async fn callers(self: &Rc<Self>, count: usize, time: Duration) -> Vec<Seen> {
        let end = Instant::now() + time;
        let mut callers = JoinSet::new();
        for _ in 0..count {
            let crowd = Rc::clone(self);
            callers.spawn_local(async move {
                let mut seen = Vec::new();
                while Instant::now() < end {
                    seen.push(crowd.ask(Instant::now()).await);
                }
                seen
            });
        }
        let all = Self::all(callers).await.into_iter().flatten();
        all.filter(|seen| seen.at <= end).collect()
    }

    /// Asks so many times a second for so long, whatever comes back; some are still to be answered.
    pub(super) async fn offers(self: &Rc<Self>, per_s: f64, time: Duration) -> JoinSet<Seen> {
        let (begun, mut offers) = (Instant::now(), JoinSet::new());
        let count = (per_s * time.as_secs_f64()) as u32;
        for n in 0..count {
            let due = begun + time * n / count.max(1);
            tokio::time::sleep_until(due.into()).await;
            let crowd = Rc::clone(self);
            offers.spawn_local(async move { crowd.ask(due).await });
        }
        tokio::time::sleep_until((begun + time).into()).await;
        offers
    }

    /// Waits for all of them.
    pub(super) async fn all<T: 'static>(mut some: JoinSet<T>) -> Vec<T> {
        let mut all = Vec::new();
        while let Some(one) = some.join_next().await {
            all.extend(one);
        }
        all
    }

    /// Asks the next question, which was due at a time.
    pub(super) async fn ask(&self, due: Instant) -> Seen {
        let _place = self.places.acquire().await;
        let at = self.next.get();
        self.next.set((at + 1) % self.requests.len().max(1));
        let (status, retry_after_s) = match self.requests.get(at) {
            Some(request) => self.answer(request).await.unwrap_or_default(),
            None => (0, 0),
        };
        Seen { status, retry_after_s, took: due.elapsed(), at: Instant::now() }
    }

    async fn answer(&self, request: &[u8]) -> io::Result<(u16, u32)> {
        let kept = self.idle.borrow_mut().pop();
        if let Some(mut connection) = kept
            && let Ok(answer) = connection.ask(request).await
        {
            self.idle.borrow_mut().push(connection);
            return Ok(answer);
        }
        // There was none, or the server had closed it for having been idle.
        let mut connection = Connection::open(self.address).await?;
        let answer = connection.ask(request).await?;
        self.idle.borrow_mut().push(connection);
        Ok(answer)
    }
}

struct Connection {
    stream: TcpStream,
    /// What has come of an answer.
    come: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, come: Vec::new() })
    }

    /// Sends a request and reads the whole answer: its status code and `Retry-After`.
    async fn ask(&mut self, mut request: &[u8]) -> io::Result<(u16, u32)> {
        while !request.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(request) {
                Ok(count) => request = &request[count..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        self.come.clear();
        let mut part = [0; 16 << 10];
        loop {
            self.stream.readable().await?;
            match self.stream.try_read(&mut part) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.come.extend_from_slice(&part[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error),
            }
            if let Some(answer) = whole(&self.come) {
                return Ok(answer);
            }
        }
    }
}

/// What an answer says, once it is there to its last byte.
fn whole(come: &[u8]) -> Option<(u16, u32)> {
    let head_bytes = come.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&come[..head_bytes]).ok()?;
    let header = |name: &str| {
        let mut headers = head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let body_bytes: usize = header("content-length")?.parse().ok()?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let retry_after_s = header("retry-after").and_then(|value| value.parse().ok()).unwrap_or(0);
    (come.len() >= head_bytes + 4 + body_bytes).then_some((status, retry_after_s))
}
