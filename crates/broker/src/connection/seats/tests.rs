use std::collections::HashMap;
use std::future::Future;
use std::net::Ipv4Addr;
use std::task::{Context, Poll, Waker};

use super::limits::ListenerLimits;
use super::*;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const NO_LIMIT: usize = i32::MAX as usize;

fn listener(total: usize, is_protected: bool) -> ListenerLimits {
    ListenerLimits { total, creation_rate: NO_LIMIT, is_protected }
}

fn limits(total: usize, per_ip: usize, listeners: Vec<ListenerLimits>) -> ConnectionLimits {
    let per_ip_overrides = HashMap::new();
    ConnectionLimits { total, creation_rate: NO_LIMIT, per_ip, per_ip_overrides, listeners }
}

fn seats(limits: ConnectionLimits) -> Seats {
    Seats::new(limits, Crowd::new())
}

/// Polls once.
fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Option<T> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn an_address_over_its_limit_is_turned_away() {
    let seats = seats(limits(NO_LIMIT, 1, vec![listener(NO_LIMIT, false)]));
    let seat = seats.sit(0, HERE).await.unwrap();
    assert!(seats.sit(0, HERE).await.is_none());
    let mapped = IpAddr::from(Ipv4Addr::LOCALHOST.to_ipv6_mapped());
    assert!(seats.sit(0, mapped).await.is_none(), "one host, two spellings");
    drop(seat);
    assert!(seats.sit(0, HERE).await.is_some());
    assert!(seats.shared.counts.lock().by_ip.is_empty());
}

#[tokio::test]
async fn an_address_may_be_shut_out_while_the_broker_runs() {
    let open = limits(NO_LIMIT, NO_LIMIT, vec![listener(NO_LIMIT, false)]);
    let seats = seats(open.clone());
    let mut first = seats.sit(0, HERE).await.unwrap();
    let per_ip_overrides = HashMap::from([(HERE, 0)]);
    seats.set_limits(ConnectionLimits { per_ip_overrides, ..open.clone() });
    assert!(seats.sit(0, HERE).await.is_none());
    assert!(first.1.evicted.try_recv().is_err(), "who is there stays");
    seats.set_limits(open);
    assert!(seats.sit(0, HERE).await.is_some());
}

#[tokio::test]
async fn beyond_the_brokers_limit_one_waits_until_another_goes() {
    let both = vec![listener(NO_LIMIT, false), listener(1, false)];
    let seats = seats(limits(2, NO_LIMIT, both.clone()));
    let first = seats.sit(0, HERE).await.unwrap();
    let second = seats.sit(1, HERE).await.unwrap();
    let mut third = Box::pin(seats.sit(0, HERE));
    assert!(poll(third.as_mut()).is_none());
    drop(first);
    let third = poll(third.as_mut()).expect("a place is free").unwrap();
    // The listener's own limit holds whatever the broker has room for.
    seats.set_limits(limits(10, NO_LIMIT, both));
    let mut fourth = Box::pin(seats.sit(1, HERE));
    assert!(poll(fourth.as_mut()).is_none());
    drop(second);
    assert!(poll(fourth.as_mut()).is_some());
    drop(third);
}

#[tokio::test]
async fn brokers_take_the_place_of_others() {
    let both = vec![listener(NO_LIMIT, false), listener(NO_LIMIT, true)];
    let seats = seats(limits(1, NO_LIMIT, both));
    let mut client = seats.sit(0, HERE).await.unwrap();
    let mut broker = seats.sit(1, HERE).await.unwrap();
    assert!(client.1.evicted.try_recv().is_ok());
    assert!(broker.1.evicted.try_recv().is_err());
    drop(client);
    let mut another = Box::pin(seats.sit(0, HERE));
    assert!(poll(another.as_mut()).is_none());
}

#[tokio::test]
async fn a_lower_limit_sends_the_excess_away() {
    let one = vec![listener(NO_LIMIT, false)];
    let seats = seats(limits(NO_LIMIT, NO_LIMIT, one.clone()));
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(seats.sit(0, HERE).await.unwrap());
    }
    seats.set_limits(limits(2, NO_LIMIT, one));
    let asked = all.iter_mut().filter_map(|(_, member)| member.evicted.try_recv().ok());
    assert_eq!(asked.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn too_many_at_once_come_one_by_one() {
    let mut own = listener(NO_LIMIT, false);
    own.creation_rate = 2;
    let seats = seats(limits(NO_LIMIT, NO_LIMIT, vec![own]));
    let began = Instant::now();
    for _ in 0..40 {
        seats.sit(0, HERE).await.unwrap();
    }
    let seconds = began.elapsed().as_secs();
    assert!((9..=11).contains(&seconds), "20 at once, the others at 2 a second: {seconds} s");
}
