//! `vltava import` and `vltava export`, from the metadata log of a Kafka whose topics are empty.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::process::Broker;

/// A log folder as Kafka 4.3.1 left it, without the partitions' folders.
fn kafka() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let metadata = folder.path().join("__cluster_metadata-0");
    fs::create_dir(&metadata).expect("a folder");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/kafka-4.3.1");
    for file in fs::read_dir(fixture).expect("the fixture") {
        let file = file.expect("a file");
        fs::copy(file.path(), metadata.join(file.file_name())).expect("a copy");
    }
    let meta = "version=1\nnode.id=1\ncluster.id=MkU3OEVBNTcwNTJENDM2Qg\ndirectory.id=W9oayQJuTFOfLlpBFLzjIg\n";
    fs::write(folder.path().join("meta.properties"), meta).expect("a file");
    fs::write(folder.path().join(".kafka_cleanshutdown"), "{}").expect("a file");
    folder
}

/// Runs the binary; whether it ended well, and all that it said.
fn run(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_vltava")).args(arguments).output();
    let output = output.expect("the binary runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).expect("text"))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

#[test]
fn a_kafka_folder_becomes_ours_and_kafkas_again() {
    let kafka = kafka();
    let folder = text(kafka.path());
    let (imported, said) = run(&["import", "--log-dirs", folder]);
    assert!(imported, "{said}");
    for expected in ["topics 2", "1 ACLs", "1 SCRAM", "group g7", "vltava serve"] {
        assert!(said.contains(expected), "no {expected:?} in {said}");
    }
    let broker = Broker::start(kafka.path());
    assert!(broker.greeting.contains("topics 2, partitions 6"), "{}", broker.greeting);
    let (again, said) = run(&["import", "--log-dirs", folder]);
    assert!(!again && said.contains("is in use"), "{said}");
    let back = kafka.path().join("back");
    let (exported, said) = run(&["export", "--data", folder, "--to", text(&back)]);
    assert!(!exported, "it is in use: {said}");
    assert!(broker.terminate().0.success());
    let (again, said) = run(&["import", "--log-dirs", folder]);
    assert!(!again && said.contains("already"), "{said}");
    let (exported, said) = run(&["export", "--data", folder, "--to", text(&back)]);
    assert!(exported && said.contains("controller.quorum.voters=1@"), "{said}");
    let (dry, said) = run(&["import", "--log-dirs", text(&back), "--dry-run"]);
    // Nothing was written to them: a folder comes with the first record.
    assert!(dry && said.contains("topics 2,") && said.contains("orders-3 has no folder"), "{said}");
}
