//! Topics that come and go, under names that are used again.

use std::time::Duration;

use anyhow::Result;

use super::Load;
use super::stream::Stream;
use crate::client::Client;
use crate::draw::Draw;
use crate::facts::{Claim, Rules, TopicFacts};

/// Names in use, one after the other.
const NAMES: usize = 8;

/// Streams of topics that come and go have numbers from here on.
const FIRST_STREAM: u32 = 1_000_000;

/// What is left from one start of the broker to the next.
#[derive(Default)]
pub(super) struct Churn {
    made: usize,
    streams: u32,
}

/// The moments at which the files of a deleted topic go.
const DELAYS: [&str; 4] = ["0", "50", "500", "60000"];

impl Churn {
    pub(super) fn run(mut self, load: &Load, mut draw: Draw) -> Result<Churn> {
        match self.work(load, &mut draw) {
            Err(error) if !load.is_stopping() => Err(error),
            _ => Ok(self),
        }
    }

    fn work(&mut self, load: &Load, draw: &mut Draw) -> Result<()> {
        let mut client = load.client()?;
        while !load.is_stopping() {
            let name = format!("churn-{}", self.made % NAMES);
            self.made += 1;
            delete(load, &mut client, &name)?;
            self.create(load, &mut client, &name, draw)?;
            std::thread::sleep(Duration::from_millis(draw.below(150) as u64));
        }
        Ok(())
    }

    fn create(
        &mut self,
        load: &Load,
        client: &mut Client,
        name: &str,
        draw: &mut Draw,
    ) -> Result<()> {
        let partitions = i32::try_from(draw.between(1, 3))?;
        let configs = [("file.delete.delay.ms", *draw.one(&DELAYS))];
        let (asked, answer) = load.claim(|| client.create_topic(name, partitions, &configs));
        // Answered or not, it may be there.
        let Ok((done, id)) = answer else {
            load.facts.lock().unanswered.push((name.to_owned(), asked));
            return answer.map(drop);
        };
        let size = Claim { asked, done: Some(done), value: i64::from(partitions) };
        load.facts.lock().topics.push(TopicFacts {
            name: name.to_owned(),
            id,
            rules: Rules::Kept,
            sizes: vec![size],
            deletion: None,
            configs: Vec::new(),
            logs: Default::default(),
        });
        for partition in 0..partitions {
            if draw.percent(70) {
                let number = FIRST_STREAM + self.streams;
                self.streams += 1;
                let topic = (name.to_owned(), id);
                let mut stream = Stream::new(number, topic, partition, -1, client)?;
                for _ in 0..draw.between(1, 4) {
                    stream.send(client, draw)?;
                    stream.acknowledged(load, client)?;
                }
            }
        }
        Ok(())
    }
}

/// Deletes the topic of that name, if there may be one.
fn delete(load: &Load, client: &mut Client, name: &str) -> Result<()> {
    let asked = load.clock.now();
    let mut ids = Vec::new();
    let mut is_sure = true;
    {
        let mut facts = load.facts.lock();
        let named = facts.topics.iter_mut().filter(|topic| topic.name == name);
        for topic in
            named.filter(|topic| topic.deletion.is_none_or(|deletion| deletion.done.is_none()))
        {
            // A request without an answer, before the broker was killed, may have been carried out.
            is_sure &= topic.deletion.is_none();
            topic.deletion.get_or_insert(Claim { asked, done: None, value: 0 });
            ids.push(topic.id);
        }
        let unanswered = facts.unanswered.iter().any(|(made, _)| made == name);
        is_sure &= !unanswered;
        if ids.is_empty() && !unanswered {
            return Ok(());
        }
    }
    match client.delete_topic(name) {
        Err(_) if !is_sure && !load.is_stopping() => {}
        answer => answer?,
    }
    let done = load.clock.now();
    let mut facts = load.facts.lock();
    for id in ids {
        if let Some(deletion) = &mut facts.topic(id).deletion {
            deletion.done = Some(done);
        }
    }
    Ok(())
}
