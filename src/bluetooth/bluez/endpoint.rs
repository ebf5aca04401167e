//! Our media endpoints: what BlueZ offers to speakers and sources in our name.
//!
//! One registered endpoint carries one stream, so every adapter gets as many as
//! speakers may be connected through it, and one more when all are taken.

use std::collections::{BTreeMap, HashMap};

use zbus::message::Flags;
use zbus::{Message, ObjectPath, OwnedObjectPath, OwnedVariant, Variant};

use super::bus::BLUEZ;
use super::core::Core;
use super::explain::{Deed, Refusal, within};
use super::tree::{MEDIA, Properties, TRANSPORT, device_of};
use crate::bluetooth::state::{Role, Version};

const INTERFACE: &str = "org.bluez.MediaEndpoint1";
const INVALID: &str = "org.bluez.Error.InvalidArguments";
const UNKNOWN: &str = "org.freedesktop.DBus.Error.UnknownMethod";

/// One endpoint.
#[derive(Debug)]
struct Endpoint {
    adapter: String,
    role: Role,
    registered: bool,
    /// Tells it from an earlier one of the same path.
    number: u64,
    /// The stream it carries.
    transport: Option<String>,
}

/// All endpoints, by path.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    list: BTreeMap<String, Endpoint>,
    /// Why an adapter lacks some.
    failures: BTreeMap<String, String>,
    count: u64,
}

impl Endpoints {
    /// How many speakers can be connected through this adapter.
    pub(super) fn streams(&self, adapter: &str) -> u8 {
        let count = self
            .of(adapter, Role::ToSpeaker)
            .filter(|end| end.registered);
        u8::try_from(count.count()).unwrap_or(u8::MAX)
    }

    /// Whether a source may play to this adapter.
    pub(super) fn receives(&self, adapter: &str) -> bool {
        self.of(adapter, Role::FromSource).any(|end| end.registered)
    }

    /// Why this adapter lacks endpoints.
    pub(super) fn failure(&self, adapter: &str) -> Option<String> {
        self.failures.get(adapter).cloned()
    }

    /// Whether this transport is one of ours.
    pub(super) fn holds(&self, transport: &str) -> bool {
        let mut ours = self.list.values();
        ours.any(|end| end.transport.as_deref() == Some(transport))
    }

    /// BlueZ is gone, and our endpoints with it.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.failures.clear();
    }

    fn of(&self, adapter: &str, role: Role) -> impl Iterator<Item = &Endpoint> {
        let all = self.list.values();
        all.filter(move |end| end.adapter == adapter && end.role == role)
    }

    /// Whether every endpoint for speakers carries a stream.
    fn is_full(&self, adapter: &str) -> bool {
        self.of(adapter, Role::ToSpeaker)
            .all(|end| end.transport.is_some())
    }

    fn drop_adapter(&mut self, adapter: &str) {
        self.list.retain(|_, end| end.adapter != adapter);
        let _ = self.failures.remove(adapter);
    }
}

/// The path of an endpoint.
fn path(adapter: &str, role: Role, index: usize) -> String {
    match role {
        Role::ToSpeaker => format!("/org/inphase/{adapter}/speaker{index}"),
        Role::FromSource => format!("/org/inphase/{adapter}/source{index}"),
    }
}

impl Core {
    /// Registers what an adapter lacks; forgets what is gone with it.
    pub(super) fn equip(&mut self, adapter: &str) {
        let media = format!("/org/bluez/{adapter}");
        if self.tree.get(&media, MEDIA).is_none() {
            self.endpoints.drop_adapter(adapter);
            return;
        }
        if self
            .version()
            .is_some_and(|version| version < Version::OLDEST)
        {
            return;
        }
        for index in 0..usize::from(self.settings.streams) {
            self.register(adapter, Role::ToSpeaker, index);
        }
        self.register(adapter, Role::FromSource, 0);
    }

    fn register(&mut self, adapter: &str, role: Role, index: usize) {
        let path = path(adapter, role, index);
        let Some(link) = &self.link else {
            return;
        };
        if self.endpoints.list.contains_key(&path) {
            return;
        }
        let bus = link.bus.clone();
        let properties = self.offer(role);
        self.endpoints.count += 1;
        let number = self.endpoints.count;
        let endpoint = Endpoint {
            adapter: adapter.to_owned(),
            role,
            registered: false,
            number,
            transport: None,
        };
        let _ = self.endpoints.list.insert(path.clone(), endpoint);
        let (ours, media) = (path.clone(), format!("/org/bluez/{adapter}"));
        let call = within(self.settings.answer, async move {
            let ours = ObjectPath::try_from(ours)?;
            let body = (ours, properties);
            bus.call_method(Some(BLUEZ), media, Some(MEDIA), "RegisterEndpoint", &body)
                .await
        });
        self.start(call, move |core, result| {
            core.registered(&path, number, result.map(drop));
        });
    }

    /// What we offer, as RegisterEndpoint takes it. Without `DelayReporting`
    /// the speaker's report never arrives.
    fn offer(&self, role: Role) -> HashMap<&'static str, Variant<'static>> {
        let codecs = &self.settings.codecs;
        let (service, capabilities) = match role {
            Role::ToSpeaker => ("0000110a", codecs.source_capabilities()),
            Role::FromSource => ("0000110b", codecs.sink_capabilities()),
        };
        HashMap::from([
            (
                "UUID",
                format!("{service}-0000-1000-8000-00805f9b34fb").into(),
            ),
            ("Codec", codecs.codec().into()),
            ("DelayReporting", true.into()),
            ("Capabilities", capabilities.into()),
        ])
    }

    fn registered(&mut self, path: &str, number: u64, result: Result<(), Refusal>) {
        let Some(end) = self.endpoints.list.get_mut(path) else {
            return;
        };
        if end.number != number {
            return;
        }
        let adapter = end.adapter.clone();
        match result {
            Err(refusal) if !refusal.is_done_already() => {
                let error = refusal.explain(Deed::Other, &adapter);
                let _ = self.endpoints.list.remove(path);
                let _ = self
                    .endpoints
                    .failures
                    .insert(adapter.clone(), error.to_string());
                self.after(self.settings.again, move |core| core.equip(&adapter));
            }
            _ => {
                end.registered = true;
                let _ = self.endpoints.failures.remove(&adapter);
                for address in self.addresses() {
                    self.consider(address);
                }
            }
        }
    }

    /// A call to one of our endpoints.
    pub(super) fn hear_call(&mut self, message: &Message) {
        let header = message.header();
        let path = header.path().map_or("", |path| path.as_str()).to_owned();
        let member = header.member().map_or("", |name| name.as_str()).to_owned();
        let ours = header.interface().is_none_or(|name| *name == INTERFACE);
        if !ours || !self.is_from_bluez(message) || !self.endpoints.list.contains_key(&path) {
            return self.refuse(message, UNKNOWN, "there is no such endpoint");
        }
        match member.as_str() {
            "SelectConfiguration" => self.select_configuration(message),
            "SetConfiguration" => self.set_configuration(&path, message),
            "ClearConfiguration" => self.clear_configuration(&path, message),
            "Release" => {
                let _ = self.endpoints.list.remove(&path);
                self.respond(message, ());
            }
            _ => self.refuse(message, UNKNOWN, "there is no such method"),
        }
    }

    fn select_configuration(&mut self, message: &Message) {
        let body = message.body();
        let remote = body.deserialize::<Vec<u8>>().unwrap_or_default();
        match self.settings.codecs.select(&remote) {
            Some(configuration) => self.respond(message, configuration),
            None => self.refuse(message, INVALID, "nothing fits these capabilities"),
        }
    }

    fn set_configuration(&mut self, path: &str, message: &Message) {
        type Body = (OwnedObjectPath, HashMap<String, OwnedVariant>);
        let Ok((transport, properties)) = message.body().deserialize::<Body>() else {
            return self.refuse(message, INVALID, "this is no configuration");
        };
        let properties = Properties::from(properties);
        let configuration = properties.bytes("Configuration").unwrap_or_default();
        if !self.settings.codecs.accepts(&configuration) {
            return self.refuse(message, INVALID, "this configuration does not fit");
        }
        let Some(end) = self.endpoints.list.get_mut(path) else {
            return;
        };
        end.transport = Some(transport.to_string());
        let (adapter, role) = (end.adapter.clone(), end.role);
        self.respond(message, ());
        if role == Role::ToSpeaker && self.endpoints.is_full(&adapter) {
            self.add_stream(&adapter);
        }
        if let Some(address) = device_of(transport.as_str()) {
            self.device_changed(address);
        }
    }

    fn clear_configuration(&mut self, path: &str, message: &Message) {
        if let Ok(transport) = message.body().deserialize::<OwnedObjectPath>() {
            if let Some(end) = self.endpoints.list.get_mut(path)
                && end.transport.as_deref() == Some(transport.as_str())
            {
                end.transport = None;
            }
            // BlueZ says so itself a moment later; until then the transport
            // would look like another program's.
            self.tree
                .remove(transport.as_str(), &[TRANSPORT.to_owned()]);
            if let Some(address) = device_of(transport.as_str()) {
                self.device_changed(address);
            }
        }
        self.respond(message, ());
    }

    fn add_stream(&mut self, adapter: &str) {
        let index = self.endpoints.of(adapter, Role::ToSpeaker).count();
        if index < usize::from(self.settings.most_streams) {
            self.register(adapter, Role::ToSpeaker, index);
        }
    }

    fn respond<B>(&mut self, message: &Message, body: B)
    where
        B: serde::Serialize + zbus::DynamicType + Send + Sync + 'static,
    {
        self.send_answer(message, move |call| {
            Message::method_return(&call.header()).build(&body)
        });
    }

    fn refuse(&mut self, message: &Message, name: &'static str, why: &'static str) {
        self.send_answer(message, move |call| {
            Message::error(&call.header(), name).build(&why)
        });
    }

    fn send_answer(
        &mut self,
        message: &Message,
        build: impl FnOnce(&Message) -> zbus::Result<Message>,
    ) {
        let flags = message.primary_header().flags();
        let Some(link) = &self.link else {
            return;
        };
        if flags.contains(Flags::NO_REPLY_EXPECTED) {
            return;
        }
        if let Ok(answer) = build(message) {
            let bus = link.bus.clone();
            self.start(async move { bus.send(&answer).await }, |_, _| ());
        }
    }
}
