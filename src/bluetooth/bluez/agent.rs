//! Our agent: what BlueZ asks when a device wants to pair or to use a service,
//! and who may without a person being asked.

use bluer::agent::{Agent, ReqError, ReqResult};
use tokio::sync::oneshot;

use super::core::{Core, Mailbox};
use super::explain::within;
use crate::bluetooth::state::{Address, Asked};

/// What is said to BlueZ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Say {
    Yes,
    No,
    Pin(String),
    Passkey(u32),
}

/// What is done about a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// Yes, silently.
    Let,
    /// No, and it is listed.
    Refuse,
    /// A person decides.
    Ask,
    /// It is shown.
    Show,
}

/// Who may: a known device uses services; nobody pairs uninvited, not even a
/// known device, because its address can be had by anyone.
pub(super) fn judge(what: &Asked, known: bool, invited: bool) -> Judgement {
    match what {
        Asked::Service { .. } if known || invited => Judgement::Let,
        Asked::Pair if invited => Judgement::Let,
        Asked::Confirm { .. } | Asked::Pin | Asked::Passkey if invited => Judgement::Ask,
        Asked::Type { .. } if invited => Judgement::Show,
        _ => Judgement::Refuse,
    }
}

/// Tells the core when BlueZ does not wait for an answer any more: bluer drops
/// the future of a cancelled question.
struct Withdraw(Mailbox);

impl Drop for Withdraw {
    fn drop(&mut self) {
        self.0.post(Core::withdraw);
    }
}

async fn ask(
    mailbox: Mailbox,
    adapter: String,
    device: bluer::Address,
    what: Asked,
) -> ReqResult<Say> {
    let (say, said) = oneshot::channel();
    let address = Address(device.0);
    mailbox.post(move |core| core.asked(adapter, address, what, say));
    let _withdraw = Withdraw(mailbox);
    match said.await {
        Ok(Say::No) => Err(ReqError::Rejected),
        Ok(said) => Ok(said),
        Err(_) => Err(ReqError::Canceled),
    }
}

/// The agent whose every question goes to the core.
fn agent(mailbox: &Mailbox) -> Agent {
    // bluer wants a box of a function that returns a box of a future.
    macro_rules! question {
        ($request:ident => $what:expr, $answer:expr) => {{
            let mailbox = mailbox.clone();
            Some(Box::new(move |$request| {
                let mailbox = mailbox.clone();
                Box::pin(async move {
                    let what = $what;
                    let (adapter, device) = ($request.adapter, $request.device);
                    ask(mailbox, adapter, device, what).await.and_then($answer)
                })
            }))
        }};
    }
    let yes = |_| Ok(());
    Agent {
        request_default: true,
        request_pin_code: question!(request => Asked::Pin, |said| match said {
            Say::Pin(pin) => Ok(pin),
            _ => Err(ReqError::Rejected),
        }),
        request_passkey: question!(request => Asked::Passkey, |said| match said {
            Say::Passkey(passkey) => Ok(passkey),
            _ => Err(ReqError::Rejected),
        }),
        display_pin_code: question!(
            request => Asked::Type { digits: request.pincode.clone() }, yes
        ),
        display_passkey: question!(
            request => Asked::Type { digits: format!("{:06}", request.passkey) }, yes
        ),
        request_confirmation: question!(
            request => Asked::Confirm { passkey: request.passkey }, yes
        ),
        request_authorization: question!(request => Asked::Pair, yes),
        authorize_service: question!(
            request => Asked::Service { uuid: request.service.to_string() }, yes
        ),
        ..Agent::default()
    }
}

impl Core {
    /// Registers our agent as the one for whoever asks unprompted. A dialog of
    /// the desktop that opens later takes its place while it is open.
    pub(super) fn register_agent(&mut self) {
        let Some(link) = &self.link else {
            return;
        };
        let (session, agent) = (link.session.clone(), agent(&self.mailbox));
        let call = within(self.settings.answer, async move {
            session.register_agent(agent).await
        });
        self.start(call, |core, registered| {
            match (registered, &mut core.link) {
                (Ok(handle), Some(link)) if core.listed => link.agent = Some(handle),
                (Ok(_), _) => {}
                (Err(refusal), _) => {
                    tracing::warn!("no agent for pairing: {}", refusal.reason());
                    core.after(core.settings.again, |core| {
                        let lacks = core.link.as_ref().is_some_and(|link| link.agent.is_none());
                        if core.listed && lacks {
                            core.register_agent();
                        }
                    });
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_pairs_uninvited() {
        let questions = [
            Asked::Pair,
            Asked::Confirm { passkey: 123_456 },
            Asked::Pin,
            Asked::Passkey,
            Asked::Type {
                digits: "123456".into(),
            },
        ];
        for what in questions {
            for known in [false, true] {
                assert_eq!(judge(&what, known, false), Judgement::Refuse, "{what:?}");
                assert_ne!(judge(&what, known, true), Judgement::Refuse, "{what:?}");
            }
        }
    }

    #[test]
    fn services_are_for_known_or_invited_devices() {
        let what = Asked::Service {
            uuid: "0000110d-0000-1000-8000-00805f9b34fb".into(),
        };
        assert_eq!(judge(&what, true, false), Judgement::Let);
        assert_eq!(judge(&what, false, true), Judgement::Let);
        assert_eq!(judge(&what, false, false), Judgement::Refuse);
    }
}
