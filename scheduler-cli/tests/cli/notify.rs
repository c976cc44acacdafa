//! `sched run` as a service of systemd.

use std::{os::unix::net::UnixDatagram, time::Duration};

use rustix::process::Signal;

use crate::program::{BACKENDS, Crontab, Running, output};

/// A time limit that only a hang exceeds.
const PATIENCE: Duration = Duration::from_secs(60);

fn receive(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 256];
    let length = socket.recv(&mut buffer).expect("a notification");
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[test]
fn the_service_manager_hears_of_the_start_the_driver_and_the_end() {
    for backend in BACKENDS {
        let crontab = Crontab::new("@reboot echo \"socket ${NOTIFY_SOCKET:-unset}\"\n");
        let path = crontab.beside("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        socket
            .set_read_timeout(Some(PATIENCE))
            .expect("a time limit");
        let mut call = crontab.run(&["--backend", backend]);
        call.env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", "20000");
        let mut running = Running::start(&mut call);
        assert_eq!(receive(&socket), "READY=1");
        for _ in 0..3 {
            assert_eq!(receive(&socket), "WATCHDOG=1");
        }
        running.until("] socket unset");
        running.signal(Signal::TERM);
        while receive(&socket) != "STOPPING=1" {}
        assert_eq!(running.end().0, Some(0));
    }
}

#[test]
fn a_watchdog_of_another_process_is_not_fed() {
    let crontab = Crontab::new("* * * * * * true\n");
    let path = crontab.beside("notify");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    socket
        .set_read_timeout(Some(PATIENCE))
        .expect("a time limit");
    let mut call = crontab.run(&["--for", "1s"]);
    call.env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "1000")
        .env("WATCHDOG_PID", "1");
    assert_eq!(output(&mut call).0, Some(0));
    assert_eq!(receive(&socket), "READY=1");
    assert_eq!(receive(&socket), "STOPPING=1");
}

#[cfg(target_os = "linux")]
#[test]
fn a_socket_in_the_abstract_name_space_is_found() {
    use std::os::{linux::net::SocketAddrExt, unix::net::SocketAddr};

    let name = format!("sched-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("an address");
    let socket = UnixDatagram::bind_addr(&address).expect("a socket");
    socket
        .set_read_timeout(Some(PATIENCE))
        .expect("a time limit");
    let crontab = Crontab::new("* * * * * * true\n");
    let mut call = crontab.run(&["--for", "1ms"]);
    assert_eq!(
        output(call.env("NOTIFY_SOCKET", format!("@{name}"))).0,
        Some(0)
    );
    assert_eq!(receive(&socket), "READY=1");
}
