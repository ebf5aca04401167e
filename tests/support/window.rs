//! The window without a display: iced's own loop (events, messages, rebuilt
//! view, kept widget state) driven step by step, and pictures of it.
#![allow(dead_code, reason = "every test file uses another part")]

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use iced::advanced::graphics::Viewport;
use iced::keyboard::{Key, Location, Modifiers, key};
use iced::{Event, Point, Size, Task, keyboard, mouse, window};
use iced_test::core::clipboard;
use iced_test::core::renderer::{Headless, Style};
use iced_test::core::widget::Operation;
use iced_test::core::widget::operation::Outcome;
use iced_test::futures::futures::StreamExt as _;
use iced_test::futures::futures::stream::BoxStream;
use iced_test::renderer::Renderer;
use iced_test::runtime::user_interface::Cache;
use iced_test::runtime::{Action, UserInterface};
use inphase::engine::handle::Ends;
use inphase::engine::{Command, CommandError, Reply};
use inphase::gui::action::Overlay;
use inphase::gui::app::{App, Message};
use inphase::gui::fonts;
use inphase::gui::processor::parts::Part;
use inphase::gui::processor::repaint::Repaint;
use inphase::gui::stage::Stage;
use inphase::gui::tokens::Tokens;
use inphase::rig::edit;

/// The sizes and themes that every screen is looked at in.
pub const WIDE: Size = Size::new(1440.0, 900.0);
/// The compact layout.
pub const COMPACT: Size = Size::new(1024.0, 600.0);

/// A window on a stage.
pub struct Window {
    /// The window and the invented engine behind it.
    pub stage: Stage,
    renderer: Renderer,
    cache: Option<Cache>,
    cursor: mouse::Cursor,
    layers: Vec<iced_tiny_skia::Layer>,
    modifiers: Modifiers,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Window {
    /// Opens it.
    pub fn new(stage: Stage) -> Self {
        for font in fonts::all() {
            iced_test::renderer::graphics::text::font_system()
                .write()
                .expect("no test panics while it loads fonts")
                .load_font(font);
        }
        let renderer = iced_test::futures::futures::executor::block_on(
            <Renderer as Headless>::new(fonts::REGULAR, fonts::BODY.into(), Some("tiny-skia")),
        )
        .expect("the processor can always draw");
        let mut window = Self {
            stage,
            renderer,
            cache: Some(Cache::default()),
            cursor: mouse::Cursor::Unavailable,
            layers: Vec::new(),
            modifiers: Modifiers::default(),
            runtime: None,
        };
        window.redraw();
        window
    }

    /// In another theme.
    pub fn themed(mut self, tokens: Tokens) -> Self {
        self.stage.app.shared.tokens = Arc::new(tokens);
        self
    }

    pub fn app(&self) -> &App {
        &self.stage.app
    }

    /// Feeds events, applies what they cause, until nothing more follows.
    pub fn feed(&mut self, events: &[Event]) {
        let mut messages = Vec::new();
        self.with_interface(|interface, renderer, cursor| {
            let _ = interface.update(
                events,
                cursor,
                renderer,
                &mut clipboard::Null,
                &mut messages,
            );
        });
        for message in messages {
            self.message(message);
        }
    }

    /// Applies one message, as if a part or the engine had sent it.
    pub fn message(&mut self, message: Message) {
        let task = self.stage.app.update(message);
        self.carry_out(task);
    }

    /// Opens a dialog.
    pub fn open(&mut self, overlay: Overlay) {
        let task = self.stage.app.open(overlay);
        self.carry_out(task);
    }

    fn carry_out(&mut self, task: Task<Message>) {
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        let mut messages = Vec::new();
        if let Some(mut actions) = iced_test::runtime::task::into_stream(task) {
            while let Some(action) = runtime.block_on(next(&mut actions, &mut self.stage.ends)) {
                match action {
                    Action::Output(message) => messages.push(message),
                    Action::Widget(operation) => self.operate(operation),
                    _ => {}
                }
            }
        }
        self.runtime = Some(runtime);
        for message in messages {
            self.message(message);
        }
    }

    /// Carries out the window's tasks too: files, the keyboard focus of text
    /// fields, and an engine that takes edits and answers commands.
    pub fn with_tasks(mut self) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        self.runtime = Some(runtime.expect("a thread can be had"));
        self
    }

    fn operate(&mut self, operation: Box<dyn Operation>) {
        let mut current = Some(operation);
        while let Some(mut operation) = current.take() {
            self.with_interface(|interface, renderer, _| {
                interface.operate(renderer, operation.as_mut());
            });
            if let Outcome::Chain(next) = operation.finish() {
                current = Some(next);
            }
        }
    }

    /// Draws a picture and tells which parts of the window differ from the last
    /// one that was drawn: those that the software renderer repaints.
    pub fn repainted(&mut self) -> Vec<iced::Rectangle> {
        use iced_test::renderer::graphics::damage;
        use iced_tiny_skia::Layer;
        let before = std::mem::take(&mut self.layers);
        let _pixels = self.pixels();
        self.layers = self.renderer.layers().to_vec();
        let changed = damage::diff(
            &before,
            &self.layers,
            |layer| vec![layer.bounds],
            Layer::damage,
        );
        damage::group(
            changed,
            iced::Rectangle::with_size(self.stage.app.shared.size),
        )
    }

    /// Draws onto the window's pixels what differs from the last such picture,
    /// as the real window does, and tells where that was.
    pub fn paint(&mut self, repaint: &mut Repaint, pixels: &mut [u32], age: u8) -> Vec<Part> {
        let (size, ground) = self.draw();
        let viewport = Viewport::with_physical_size(size, 1.0);
        repaint.paint(&mut self.renderer, &viewport, ground, (pixels, age))
    }

    /// What is drawn, as the software renderer keeps it, and the ground below.
    pub fn layers(&mut self) -> (Vec<iced_tiny_skia::Layer>, iced::Color) {
        let (_, ground) = self.draw();
        (self.renderer.layers().to_vec(), ground)
    }

    /// Makes the view and lays it out, without any event.
    pub fn lay_out(&mut self) {
        self.with_interface(|_, _, _| ());
    }

    fn redraw(&mut self) {
        self.feed(&[Event::Window(
            window::Event::RedrawRequested(Instant::now()),
        )]);
    }

    fn with_interface<T>(
        &mut self,
        f: impl FnOnce(
            &mut UserInterface<'_, Message, iced::Theme, Renderer>,
            &mut Renderer,
            mouse::Cursor,
        ) -> T,
    ) -> T {
        let size = self.stage.app.shared.size;
        let cache = self.cache.take().unwrap_or_default();
        let mut interface =
            UserInterface::build(self.stage.app.view(), size, cache, &mut self.renderer);
        let value = f(&mut interface, &mut self.renderer, self.cursor);
        self.cache = Some(interface.into_cache());
        value
    }

    /// Moves the pointer there.
    pub fn point(&mut self, at: Point) {
        self.cursor = mouse::Cursor::Available(at);
        self.feed(&[Event::Mouse(mouse::Event::CursorMoved { position: at })]);
    }

    pub fn press(&mut self, at: Point) {
        self.point(at);
        self.feed(&[Event::Mouse(mouse::Event::ButtonPressed(
            mouse::Button::Left,
        ))]);
    }

    pub fn release(&mut self) {
        self.feed(&[Event::Mouse(mouse::Event::ButtonReleased(
            mouse::Button::Left,
        ))]);
    }

    pub fn click(&mut self, at: Point) {
        self.press(at);
        self.release();
    }

    /// Presses at `from`, moves to `to` in steps, and does not let go yet.
    pub fn carry(&mut self, from: Point, to: Point) {
        self.press(from);
        for step in 1..=12 {
            let part = step as f32 / 12.0;
            self.point(from + (to - from) * part);
        }
    }

    pub fn drag(&mut self, from: Point, to: Point) {
        self.carry(from, to);
        self.release();
    }

    /// Presses and lets go of a key.
    pub fn key(&mut self, key: impl Into<Key>, modifiers: Modifiers) {
        let key = key.into();
        let text = match &key {
            Key::Character(text) if !modifiers.command() => Some(text.clone()),
            Key::Named(key::Named::Space) => Some(" ".into()),
            _ => None,
        };
        let physical_key = key::Physical::Unidentified(key::NativeCode::Unidentified);
        self.feed(&[Event::Keyboard(keyboard::Event::ModifiersChanged(
            modifiers,
        ))]);
        self.feed(&[Event::Keyboard(keyboard::Event::KeyPressed {
            key: key.clone(),
            modified_key: key.clone(),
            physical_key,
            location: Location::Standard,
            modifiers,
            text,
            repeat: false,
        })]);
        self.feed(&[Event::Keyboard(keyboard::Event::KeyReleased {
            key: key.clone(),
            modified_key: key,
            physical_key,
            location: Location::Standard,
            modifiers,
        })]);
    }

    pub fn named(&mut self, named: key::Named) {
        self.key(named, Modifiers::default());
    }

    pub fn letter(&mut self, letter: &str) {
        self.key(Key::Character(letter.into()), Modifiers::default());
    }

    pub fn typewrite(&mut self, text: &str) {
        for letter in text.chars() {
            self.letter(&letter.to_string());
        }
    }

    /// Lets time go by; the engine tells its state every 50 ms.
    pub fn wait(&mut self, ms: i64) {
        for _ in 0..ms.div_euclid(50) {
            self.stage.play(50);
            self.redraw();
        }
    }

    /// The commands the window has sent to the engine since last asked. Tasks do
    /// not run here, so they are read from [`App`]'s outbox.
    pub fn sent(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.stage.app.sent)
    }

    /// The centre of the widget with this id.
    pub fn find(&mut self, id: &'static str) -> Option<iced::Rectangle> {
        use iced_test::selector::{self, Selector};
        let mut operation = selector::id(id).find();
        self.with_interface(|interface, renderer, _| {
            interface.operate(
                renderer,
                &mut iced_test::core::widget::operation::black_box(&mut operation),
            );
        });
        match operation.finish() {
            Outcome::Some(found) => found.and_then(|target| target.visible_bounds()),
            _ => None,
        }
    }

    /// Whether this text can be read somewhere, all of it.
    pub fn shows(&mut self, words: &str) -> bool {
        use iced_test::selector::Selector;
        let mut operation = Selector::find(words);
        self.with_interface(|interface, renderer, _| {
            interface.operate(
                renderer,
                &mut iced_test::core::widget::operation::black_box(&mut operation),
            );
        });
        matches!(operation.finish(), Outcome::Some(Some(_)))
    }

    /// Where this text can be read.
    pub fn find_text(&mut self, words: &str) -> Option<iced::Rectangle> {
        use iced_test::selector::Selector;
        let mut operation = Selector::find(words);
        self.with_interface(|interface, renderer, _| {
            interface.operate(
                renderer,
                &mut iced_test::core::widget::operation::black_box(&mut operation),
            );
        });
        match operation.finish() {
            Outcome::Some(found) => found.and_then(|target| target.visible_bounds()),
            _ => None,
        }
    }

    /// Writes `target/screens/NAME.png`, one pixel for each logical one.
    pub fn picture(&mut self, name: &str) {
        let (pixels, rgba) = self.pixels();
        let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/screens");
        fs::create_dir_all(&dir).expect("target can be written");
        let file = File::create(dir.join(format!("{name}.png"))).expect("target can be written");
        let mut encoder = png::Encoder::new(file, pixels.width, pixels.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&rgba))
            .expect("target can be written");
    }

    /// The window as it is drawn: RGBA, one pixel for each logical one.
    pub fn pixels(&mut self) -> (Size<u32>, Vec<u8>) {
        let (size, ground) = self.draw();
        (size, self.renderer.screenshot(size, 1.0, ground))
    }

    /// Draws into the renderer; tells the window's size and ground.
    fn draw(&mut self) -> (Size<u32>, iced::Color) {
        let theme = self.stage.app.theme();
        let (text_color, ground) = {
            let tokens = &self.stage.app.shared.tokens;
            (tokens.text, tokens.background)
        };
        self.with_interface(|interface, renderer, cursor| {
            // Buttons learn from a frame's event how they stand to the pointer.
            let frame = Event::Window(window::Event::RedrawRequested(Instant::now()));
            let (clipboard, mut messages) = (&mut clipboard::Null, Vec::new());
            let _ = interface.update(&[frame], cursor, renderer, clipboard, &mut messages);
            interface.draw(renderer, &theme, &Style { text_color }, cursor);
        });
        let size = self.stage.app.shared.size;
        (Size::new(size.width as u32, size.height as u32), ground)
    }
}

/// One picture for each theme and layout: `NAME-THEME-WIDTH.png`.
pub fn pictures(name: &str, stage: impl Fn(Size) -> Window) {
    for (size, width) in [(WIDE, 1440), (COMPACT, 1024)] {
        for (tokens, theme) in [
            (Tokens::dark(), "dark"),
            (Tokens::light(), "light"),
            (Tokens::contrast(), "contrast"),
        ] {
            let mut window = stage(size).themed(tokens);
            window.picture(&format!("{name}-{theme}-{width}"));
        }
    }
}

/// What a task gives next, while the engine answers what the task asks of it.
async fn next(
    actions: &mut BoxStream<'static, Action<Message>>,
    ends: &mut Ends,
) -> Option<Action<Message>> {
    loop {
        tokio::select! {
            action = actions.next() => return action,
            Some(envelope) = ends.commands.recv() => {
                let answer = answer(&envelope.command, &ends.rigs);
                if let Some(reply) = envelope.reply {
                    // The window may have lost interest.
                    let _ = reply.send(answer);
                }
            }
            Some(query) = ends.queries.recv() => drop(query),
        }
    }
}

fn answer(
    command: &Command,
    rigs: &tokio::sync::watch::Sender<Arc<inphase::rig::Rig>>,
) -> Result<Reply, CommandError> {
    let mut rig = (**rigs.borrow()).clone();
    let message = match command {
        Command::Edit(change) => edit::apply(&mut rig, change).map_err(|error| CommandError {
            message: error.to_string(),
        })?,
        Command::Load(other) => {
            rig = (**other).clone();
            format!("Loaded {}.", rig.name)
        }
        _ => String::new(),
    };
    let _old = rigs.send_replace(Arc::new(rig));
    Ok(Reply { message })
}
