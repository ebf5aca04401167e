//! A private bus with the rules of a system bus.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running `dbus-daemon`; dropping it ends it.
pub struct Bus {
    daemon: Child,
    socket: PathBuf,
}

/// Who may talk to BlueZ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Everybody, as distributions have it.
    Open,
    /// Nobody.
    Closed,
}

impl Bus {
    /// Starts one that listens where `DBUS_SYSTEM_BUS_ADDRESS` points to.
    pub async fn start(policy: Policy) -> Self {
        let socket = socket();
        let config = socket.with_extension("conf");
        std::fs::write(&config, configuration(&socket, policy)).expect("a place for the bus");
        let _ = std::fs::remove_file(&socket);
        let daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--nopidfile", "--nosyslog"])
            .stdin(Stdio::null())
            .spawn()
            .expect("dbus-daemon starts");
        let bus = Self { daemon, socket };
        while tokio::net::UnixStream::connect(&bus.socket).await.is_err() {
            // The daemon tells nobody when it listens.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bus
    }

    /// Its address.
    pub fn address() -> String {
        std::env::var(VARIABLE).expect("set by the parent process")
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// Leads everyone to the bus.
pub const VARIABLE: &str = "DBUS_SYSTEM_BUS_ADDRESS";

fn socket() -> PathBuf {
    let address = Bus::address();
    PathBuf::from(address.strip_prefix("unix:path=").expect("our own address"))
}

fn configuration(socket: &Path, policy: Policy) -> String {
    let talk = match policy {
        Policy::Open => "<allow send_destination=\"org.bluez\"/>",
        Policy::Closed => "<deny send_destination=\"org.bluez\"/>",
    };
    format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
         \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
         <busconfig><type>system</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\n\
         <policy context=\"default\"><allow user=\"*\"/><allow own=\"*\"/>\
         <allow send_type=\"method_call\"/><allow send_type=\"signal\"/>\
         <allow send_requested_reply=\"true\" send_type=\"method_return\"/>\
         <allow send_requested_reply=\"true\" send_type=\"error\"/>\
         <allow receive_type=\"method_call\"/><allow receive_type=\"method_return\"/>\
         <allow receive_type=\"error\"/><allow receive_type=\"signal\"/>{talk}</policy></busconfig>\n",
        socket.display()
    )
}
