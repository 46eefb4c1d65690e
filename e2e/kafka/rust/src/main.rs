//! Does the part of the script that rskafka can (no groups) and prints what it saw: see ../kafka.test.ts.
use chrono::{TimeZone, Utc};
use rskafka::client::partition::{Compression, OffsetAt, UnknownTopicHandling};
use rskafka::client::ClientBuilder;
use rskafka::record::Record;
use std::collections::BTreeMap;

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (brokers, topic) = (args[1].clone(), args[3].clone());
    let client = ClientBuilder::new(vec![brokers]).build().await.expect("client");
    let controller = client.controller_client().expect("controller");
    controller.create_topic(&topic, 3, 1, 5_000).await.expect("topic");
    let codecs = [
        ("none", Compression::NoCompression),
        ("gzip", Compression::Gzip),
        ("snappy", Compression::Snappy),
        ("lz4", Compression::Lz4),
        ("zstd", Compression::Zstd),
    ];
    let mut lines = vec![];
    for index in 0..3 {
        let partition = client
            .partition_client(topic.clone(), index, UnknownTopicHandling::Retry)
            .await
            .expect("partition");
        for (codec, compression) in codecs {
            let record = Record {
                key: Some(format!("key-{index}").into_bytes()),
                value: Some(format!("{codec}-{index}").into_bytes()),
                headers: BTreeMap::from([("h".to_owned(), codec.as_bytes().to_vec())]),
                timestamp: Utc.timestamp_millis_opt(42).unwrap(),
            };
            partition.produce(vec![record], compression).await.expect("produce");
        }
        let first = partition.get_offset(OffsetAt::Earliest).await.expect("first");
        let end = partition.get_offset(OffsetAt::Latest).await.expect("end");
        println!("offsets {index} {first} {end}");
        let mut next = first;
        while next < end {
            let (records, _) = partition.fetch_records(next, 1..1_000_000, 1_000).await.expect("fetch");
            for one in records {
                let text = |bytes: &Option<Vec<u8>>| String::from_utf8(bytes.clone().unwrap()).unwrap();
                let header = String::from_utf8(one.record.headers["h"].clone()).unwrap();
                lines.push(format!(
                    "record {index}/{} {} {} {header}",
                    one.offset, text(&one.record.key), text(&one.record.value)
                ));
                next = one.offset + 1;
            }
        }
    }
    lines.sort();
    println!("{}", lines.join("\n"));
}
