//! Serving: connections, and an end that loses nothing.
//!
//! HTTP/1.1 without TLS: in front stands a proxy of the city's that speaks it. A connection that does
//! not say what it wants in time is closed; beyond [`CONNECTIONS_MAX`] the system's queue holds them.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use taihu_service::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::limits::{
    ACCEPT_PAUSE_MS, CARE_WAIT_MS, CONNECTIONS_MAX, DRAIN_S_MAX, EMBED_WAIT_MS, FOLLOW_PAUSE_S,
    FOLLOW_WAIT_MS, HEAD_BYTES_MAX, HEAD_S_MAX,
};
use super::state::AppState;

/// Serves until `shutdown` comes; then takes no more connections, finishes the answers and the work
/// in flight (for at most 35 seconds each), and writes the index's snapshot.
///
/// At the start it drives interrupted runs on, and keeps the index up to the log as long as it lasts.
/// Runs are not waited for at the end: each page is one commit, and the next start drives them on.
///
/// # Errors
/// None today: a connection that fails ends alone. The type leaves room for listeners that fail.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    match state.resume_runs().await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "driving interrupted runs on"),
        Err(error) => tracing::error!(%error, "failed to drive interrupted runs on"),
    }
    let follower = tokio::spawn({
        let state = state.clone();
        async move { state.keep(follow).await }
    });
    let carer = tokio::spawn({
        let state = state.clone();
        async move { state.keep(care).await }
    });
    let maker = tokio::spawn({
        let state = state.clone();
        async move { state.keep(embed).await }
    });
    let offers = tokio::spawn({
        let state = state.clone();
        async move { state.keep(offer).await }
    });
    let connections = GracefulShutdown::new();
    accept(&listener, &state, &connections, shutdown).await;
    drop(listener);
    drain(&state, connections).await;
    if let Ok(Err(error)) = follower.await {
        tracing::error!(%error, "the follower of the log ended too early");
    }
    if let Ok(Err(error)) = carer.await {
        tracing::error!(%error, "the care for plugins ended too early");
    }
    if let Ok(Err(error)) = maker.await {
        tracing::error!(%error, "the making of vectors ended too early");
    }
    if let Ok(Err(error)) = offers.await {
        tracing::error!(%error, "the keeping of what harvesters see ended too early");
    }
    match state.keep(|state| state.kernel().save_index()).await {
        Ok(()) => tracing::info!("the index's snapshot is written"),
        Err(error) => tracing::warn!(%error, "the next start builds the index from the log"),
    }
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    state: &AppState,
    connections: &GracefulShutdown,
    shutdown: impl Future<Output = ()>,
) {
    let service = TowerToHyperService::new(super::router(state.clone()));
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => return,
            next = next => next,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "failed to accept a connection");
                tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
                continue;
            }
        };
        let talk = connections.watch(connection(stream, service.clone()));
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = talk.await {
                tracing::debug!(%error, "a connection broke off");
            }
        });
    }
}

fn connection(
    stream: TcpStream,
    service: TowerToHyperService<axum::Router>,
) -> http1::Connection<TokioIo<TcpStream>, TowerToHyperService<axum::Router>> {
    // Without it, a small answer waits 40 ms for an acknowledgement; a socket that refuses is as good.
    let _ = stream.set_nodelay(true);
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(HEAD_S_MAX))
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
}

async fn drain(state: &AppState, connections: GracefulShutdown) {
    let limit = Duration::from_secs(DRAIN_S_MAX);
    tracing::info!(connections = connections.count(), work = state.work_inside(), "draining");
    if timeout(limit, connections.shutdown()).await.is_err() {
        tracing::warn!("some connections did not come to their end and are cut off");
    }
    if timeout(limit, state.idle()).await.is_err() {
        tracing::warn!(work = state.work_inside(), "some work did not come to its end and is left");
    }
    state.closing().store(true, Ordering::Release);
}

/// Keeps the index up to the log until serving ends.
fn follow(state: &AppState) -> Result<(), Error> {
    let kernel = state.kernel();
    let mut seen = 0;
    while !state.closing().load(Ordering::Acquire) {
        if let Err(error) = kernel.catch_up() {
            tracing::warn!(%error, "the index cannot follow the log for now");
            std::thread::sleep(Duration::from_secs(FOLLOW_PAUSE_S));
        }
        seen = kernel.store().wait(seen, Duration::from_millis(FOLLOW_WAIT_MS));
    }
    Ok(())
}

/// Keeps what harvesters see up to the log until serving ends.
fn offer(state: &AppState) -> Result<(), Error> {
    let kernel = state.kernel();
    let mut seen = 0;
    while !state.closing().load(Ordering::Acquire) {
        if let Err(error) = kernel.keep_offers() {
            tracing::warn!(%error, "harvesters are shown what was offered before");
            std::thread::sleep(Duration::from_secs(FOLLOW_PAUSE_S));
        }
        seen = kernel.store().wait(seen, Duration::from_millis(FOLLOW_WAIT_MS));
    }
    Ok(())
}

/// Makes vectors until serving ends, if an embedding endpoint is configured.
fn embed(state: &AppState) -> Result<(), Error> {
    let kernel = state.kernel();
    let mut seen = 0;
    while kernel.embeds() && !state.closing().load(Ordering::Acquire) {
        match kernel.make_vectors() {
            Ok(0) => seen = kernel.store().wait(seen, Duration::from_millis(EMBED_WAIT_MS)),
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "no vectors are made for now");
                std::thread::sleep(Duration::from_secs(FOLLOW_PAUSE_S));
            }
        }
    }
    Ok(())
}

/// Looks after what nobody waits for until serving ends: sources that are due, blocks of the indexes to be merged, versions on
/// trial, failing calls, open breakers, pools whose rule is another now, and new achievements to be
/// proposed to the open needs they may answer.
fn care(state: &AppState) -> Result<(), Error> {
    let kernel = state.kernel();
    while !state.closing().load(Ordering::Acquire) {
        if let Err(error) = state.fire_due() {
            tracing::warn!(%error, "sources that are due wait");
        }
        let tidied = kernel.tidy_index();
        let looked = kernel.push_achievements().unwrap_or_else(|error| {
            tracing::warn!(%error, "new achievements wait to be proposed to needs");
            0
        });
        match kernel.care_for_plugins() {
            // More of the log may wait to be looked through, or more blocks to be merged.
            Ok(0) if looked > 0 || tidied => {}
            Ok(0) => kernel.wait_for_care(Duration::from_millis(CARE_WAIT_MS)),
            // There may be more: a pool is judged again part by part.
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "what is due about plugins waits");
                std::thread::sleep(Duration::from_secs(FOLLOW_PAUSE_S));
            }
        }
    }
    kernel.settle_plugins()
}
