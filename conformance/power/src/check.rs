//! A broker started on the disk that a power cut left: does it have what was promised?

mod harmed;
mod log;
mod producers;

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::broker::{Broker, Start};
use crate::client::Client;
use crate::crash::{Crashes, Model};
use crate::disk::Disk;
use crate::draw::Draw;
use crate::facts::{Claim, Facts, TopicFacts};
use crate::mount::Mount;

/// What there is to check, and where.
pub(crate) struct Check<'a> {
    pub(crate) start: &'a Start,
    pub(crate) facts: &'a Facts,
    /// The moment of the crash.
    pub(crate) point: usize,
    /// Where to mount, and where the broker's log goes.
    pub(crate) mount: &'a Path,
    pub(crate) log: &'a Path,
}

impl Check<'_> {
    /// Starts a broker and cuts the power again while it starts; returns that disk.
    pub(crate) fn crash_in_start(&self, disk: Disk, model: Model, draw: &mut Draw) -> Result<Disk> {
        let mount = Mount::new(disk.clone(), self.mount, 0)?;
        let broker = self.start.start(mount.path(), self.log)?;
        drop(broker);
        let (_, journal) = mount.into_parts();
        let point = draw.between(0, journal.len());
        Ok(Crashes::new(model, disk, &journal).at(point, draw))
    }

    /// Starts a broker and compares all that it has with what was promised.
    pub(crate) fn run(&self, disk: Disk) -> Result<()> {
        let mount = Mount::new(disk, self.mount, 0)?;
        let broker = self.start.start(mount.path(), self.log)?;
        self.complaints(&broker).context("at the start")?;
        self.compare(&broker)?;
        self.complaints(&broker)?;
        drop(broker);
        Ok(())
    }

    /// Its log has nothing for a person to look at, but for folders of topics that were being deleted.
    fn complaints(&self, broker: &Broker) -> Result<()> {
        for complaint in broker.complaints() {
            let ends = |topic: &TopicFacts| {
                let deletion = topic.deletion.filter(|deletion| deletion.asked <= self.point);
                deletion.is_some_and(|deletion| deletion.done.is_none_or(|done| done > self.point))
            };
            let is_of = |name: &str| complaint.contains(&format!("partition={name}-"));
            let mut ending = self.facts.topics.iter().filter(|topic| ends(topic));
            let mut unanswered = self.facts.unanswered.iter();
            let is_expected = complaint.contains("-stray")
                && (ending.any(|topic| is_of(&topic.name))
                    || unanswered.any(|(name, asked)| *asked <= self.point && is_of(name)));
            ensure!(is_expected, "the broker complains: {complaint}");
        }
        Ok(())
    }

    fn compare(&self, broker: &Broker) -> Result<()> {
        let mut client = broker.client()?;
        let there = self.topics(&mut client)?;
        for (topic, partitions) in there {
            for partition in 0..partitions {
                let read = log::read(&mut client, &topic.name, (topic.id, partition))
                    .and_then(|found| {
                        let facts = topic.logs.get(&partition);
                        self.log(topic, facts, &found)?;
                        Ok(found)
                    })
                    .with_context(|| format!("{}-{partition}", topic.name))?;
                producers::go_on(&mut client, &topic.name, partition, &read)
                    .with_context(|| format!("producers of {}-{partition}", topic.name))?;
            }
            self.config(&mut client, topic)?;
        }
        for ((group, topic), claims) in &self.facts.commits {
            let found = client.committed(group, topic)?;
            let (done, asked) = Claim::bounds(claims, self.point);
            let (least, most) = (done.unwrap_or(-1), asked.unwrap_or(-1));
            ensure!(
                (least..=most).contains(&found),
                "{group} committed {least}, asked for {most}, and has {found}"
            );
        }
        Ok(())
    }

    /// The topics that are there, with their numbers of partitions.
    fn topics(&self, client: &mut Client) -> Result<Vec<(&TopicFacts, i32)>> {
        let listed = client.topics()?;
        let mut there = Vec::new();
        for topic in &self.facts.topics {
            let name = &topic.name;
            let (done, asked) = Claim::bounds(&topic.sizes, self.point);
            let deletion = topic.deletion.filter(|deletion| deletion.asked <= self.point);
            let is_gone = deletion.and_then(|deletion| deletion.done);
            let is_gone = is_gone.is_some_and(|done| done <= self.point);
            let Some(found) = listed.get(&topic.id) else {
                let must_be = done.is_some() && deletion.is_none();
                ensure!(!must_be, "topic {name} ({}) is missing", topic.id);
                continue;
            };
            ensure!(!is_gone, "topic {name} ({}) was deleted and is back", topic.id);
            let count = i64::try_from(found.partitions)?;
            let (least, most) = (done.unwrap_or(1), asked.unwrap_or(0));
            ensure!(
                (least..=most).contains(&count),
                "topic {name} has {count} partitions, promised {least}, asked for {most}"
            );
            ensure!(found.failed == 0, "{} partitions of {name} have no leader", found.failed);
            there.push((topic, i32::try_from(count)?));
        }
        for (id, found) in &listed {
            let is_known = self.facts.topics.iter().any(|topic| topic.id == *id);
            let unanswered = &self.facts.unanswered;
            let is_asked =
                unanswered.iter().any(|(name, at)| *name == found.name && *at <= self.point);
            let is_internal = found.name.starts_with("__");
            ensure!(is_known || is_asked || is_internal, "nobody made topic {} ({id})", found.name);
        }
        Ok(there)
    }

    fn config(&self, client: &mut Client, topic: &TopicFacts) -> Result<()> {
        if topic.configs.is_empty() {
            return Ok(());
        }
        let found = client.config(&topic.name, "retention.ms")?.context("a value")?;
        let found: i64 = found.parse()?;
        let (done, asked) = Claim::bounds(&topic.configs, self.point);
        let is_default = done.is_none() && found == 604_800_000;
        let in_bounds = done.is_none_or(|least| found >= least) && Some(found) <= asked;
        ensure!(is_default || in_bounds, "retention.ms is {found}, {done:?} was set");
        Ok(())
    }
}
