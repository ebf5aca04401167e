//! A session bus of the test's own, on which nothing starts by itself. The unit
//! tests have it as `crate::session_bus`, the others as a file of their own.
#![allow(dead_code, reason = "every test uses another part")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

/// A running `dbus-daemon`; dropping it ends it.
pub struct Bus {
    daemon: Child,
    /// Where it listens.
    pub address: String,
}

impl Bus {
    /// `None` where no `dbus-daemon` is installed.
    pub fn start() -> Option<Self> {
        Self::with_policy("")
    }

    /// With further rules of what is allowed, which come last and win.
    pub fn with_policy(rules: &str) -> Option<Self> {
        let mut config = tempfile::NamedTempFile::new().expect("a temporary file");
        let text = CONFIG.replace("  </policy>", &format!("    {rules}\n  </policy>"));
        config.write_all(text.as_bytes()).expect("it is written");
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.path().display()))
            .args(["--nofork", "--nopidfile", "--print-address"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .inspect_err(|error| println!("skipped: dbus-daemon: {error}"))
            .ok()?;
        let mut address = String::new();
        let out = daemon.stdout.take().expect("it is piped");
        // It has read its configuration before it tells where it listens.
        let _bytes = BufReader::new(out)
            .read_line(&mut address)
            .expect("it tells its address");
        let address = address.trim().to_owned();
        Some(Self { daemon, address })
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        // Gone already is fine.
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// A session bus without the services of the computer it runs on.
const CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;
