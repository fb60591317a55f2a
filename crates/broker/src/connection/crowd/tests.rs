use super::*;

#[tokio::test(start_paused = true)]
async fn beyond_the_bound_who_stood_longest_goes() {
    let crowd = Crowd::holding(100);
    let mut all = Vec::new();
    for _ in 0..4 {
        let member = crowd.join(0);
        member.stands(25);
        all.push(member);
        tokio::time::advance(STANDING_MIN).await;
    }
    let idle = crowd.join(0);
    // The first gets on, so that the second is the one.
    all[0].moved();
    tokio::time::advance(STANDING_MIN).await;
    assert_eq!(crowd.standing_bytes(), 100);
    let mut last = crowd.join(0);
    last.stands(30);
    assert_eq!(crowd.standing_bytes(), 80);
    let asked = |member: &mut Member| matches!(member.evicted.try_recv(), Ok(Eviction::Memory));
    let asked: Vec<bool> = all.iter_mut().map(asked).collect();
    assert_eq!(asked, [false, true, true, false], "two are enough: 130 - 25 - 25");
    assert!(last.evicted.try_recv().is_err());
    drop((all, last, idle));
    assert_eq!(crowd.standing_bytes(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_just_moved_stays_whatever_it_holds() {
    let crowd = Crowd::holding(100);
    let mut members = [crowd.join(0), crowd.join(0)];
    members.iter().for_each(|member| member.stands(90));
    assert!(members.iter_mut().all(|member| member.evicted.try_recv().is_err()));
    tokio::time::advance(STANDING_MIN).await;
    members[1].moved();
    members[1].stands(95);
    assert!(matches!(members[0].evicted.try_recv(), Ok(Eviction::Memory)));
    assert!(members[1].evicted.try_recv().is_err());
    // What it frees on its way out is not counted twice.
    members[0].stands(0);
    assert_eq!(crowd.standing_bytes(), 95);
}

#[tokio::test(start_paused = true)]
async fn too_many_are_asked_by_their_silence() {
    let crowd = Crowd::new();
    let mut members = Vec::new();
    for listener in [1, 0, 0, 0] {
        members.push(crowd.join(listener));
        tokio::time::advance(Duration::from_millis(10)).await;
    }
    members[1].moved();
    crowd.evict(1, |listener| listener == 0);
    let asked: Vec<bool> =
        members.iter_mut().map(|member| member.evicted.try_recv().is_ok()).collect();
    assert_eq!(asked, [false, false, true, false]);
    // Who was asked is not counted again.
    crowd.evict(1, |listener| listener == 0);
    assert!(members[3].evicted.try_recv().is_ok());
}
