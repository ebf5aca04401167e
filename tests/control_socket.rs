//! The control socket against clients that misbehave: whatever they send costs
//! only themselves; the music and all other clients go on.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/program.rs"]
mod program;

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

use program::{Home, LIMIT, Program, json};
use serde_json::Value;

struct Client(BufReader<UnixStream>);

impl Client {
    fn new(home: &Home) -> Self {
        let stream = UnixStream::connect(home.socket()).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        let mut client = Self(BufReader::new(stream));
        let hello = client.line();
        assert_eq!(hello["inphase"], 1, "{hello}");
        client
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        let _ = self.0.read_line(&mut line).unwrap();
        json(&line)
    }
}

fn demo() -> (Home, Program) {
    let home = Home::new();
    let demo = home.start(&["run", "--demo"]);
    let _ = home.wait_for("music", |status| status["transport"] == "playing");
    (home, demo)
}

#[test]
fn garbage_is_answered_and_the_connection_goes_on() {
    let (home, demo) = demo();
    let mut client = Client::new(&home);
    for garbage in [
        &b"garbage\n"[..],
        b"{\n",
        b"[]\n",
        b"{\"id\":1}\n",
        b"{\"id\":2,\"command\":\"explode\"}\n",
        b"{\"id\":3,\"query\":{\"history\":{\"last_s\":-1}}}\n",
        b"\xff\xfe\x00\x01\n",
        b"{\"id\":4,\"command\":{\"edit\":{\"set\":{\"path\":\"speakers.nobody.trim\",\"value\":\"1\"}}}}\n",
    ] {
        client.send(garbage);
        let answer = client.line();
        let sentence = answer["error"].as_str();
        assert!(sentence.is_some_and(|text| text.len() > 10), "{answer}");
    }
    client.send(b"\n\n{\"id\":9,\"query\":\"snapshot\"}\n");
    let answer = client.line();
    assert_eq!(answer["id"], 9);
    assert_eq!(answer["ok"]["transport"], "playing");
    home.quit(demo);
}

#[test]
fn clients_that_flood_break_off_or_never_read_cost_nobody_else_anything() {
    let (home, demo) = demo();
    // A line without an end: told, then closed.
    let mut flood = Client::new(&home);
    let endless = vec![b'x'; 3_000_000];
    let _broken = flood.0.get_mut().write_all(&endless);
    let mut told = Vec::new();
    let _ended = flood.0.read_to_end(&mut told);
    let told = String::from_utf8_lossy(&told);
    assert!(told.is_empty() || told.contains("longer than"), "{told}");
    // Half a request, then gone.
    for _ in 0..20 {
        Client::new(&home).send(b"{\"id\":1,\"comma");
    }
    // Watching everything without ever reading it.
    let mut deaf: Vec<Client> = (0..5).map(|_| Client::new(&home)).collect();
    for client in &mut deaf {
        client.send(b"{\"watch\":\"snapshots\",\"hz\":30}\n{\"watch\":\"events\"}\n");
    }
    // More clients than it takes.
    let crowd: Vec<_> = (0..200)
        .map_while(|_| UnixStream::connect(home.socket()).ok())
        .collect();
    drop(crowd);
    let _ = home.wait_for("the music", |status| {
        let speakers = status["speakers"].as_array().unwrap();
        let good = speakers.iter().filter(|of| of["state"] == "in_phase");
        good.count() == 6 && status["transport"] == "playing"
    });
    home.quit(demo);
    drop(deaf);
}

#[test]
fn the_socket_is_the_users_alone() {
    let (home, demo) = demo();
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home.socket()), 0o600);
    assert_eq!(mode(home.socket().parent().unwrap()), 0o700);
    home.quit(demo);
}
