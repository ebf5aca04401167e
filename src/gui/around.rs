//! A widget around another one: everything passes through, and a [`Hook`] sees
//! what comes by. Says nothing about size or layout, which are the content's.

use std::ops::ControlFlow;

use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::{Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector};

/// What a wrapper adds to its content.
pub trait Hook<Message> {
    /// What it remembers from frame to frame.
    type State: Default + 'static;

    /// An event goes in; a hook may move the cursor for the content, or keep the
    /// event from it.
    fn before(
        &self,
        _seen: Seen<'_, Self::State>,
        _event: &Event,
        _cursor: &mut mouse::Cursor,
        _shell: &mut Shell<'_, Message>,
    ) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// The content has had the event, used or not.
    fn after(
        &self,
        _seen: Seen<'_, Self::State>,
        _event: &Event,
        _cursor: mouse::Cursor,
        _shell: &mut Shell<'_, Message>,
    ) {
    }

    /// The pointer's shape; `None` leaves it to the content.
    fn interaction(
        &self,
        _state: &Self::State,
        _bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Option<mouse::Interaction> {
        None
    }

    /// Draws under the content.
    fn under(
        &self,
        _state: &Self::State,
        _renderer: &mut Renderer,
        _bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) {
    }

    /// Draws over the content's boxes, in what can be seen.
    fn over(&self, _renderer: &mut Renderer, _bounds: Rectangle, _seen: Rectangle) {}
}

/// What a hook sees of the widget tree.
#[derive(Debug)]
pub struct Seen<'a, State> {
    /// What it remembers.
    pub state: &'a mut State,
    /// What its content remembers.
    pub content: &'a mut Tree,
    /// Where it is.
    pub bounds: Rectangle,
}

/// Puts `hook` around `content`.
pub fn around<'a, Message: 'a, H: Hook<Message> + 'a>(
    content: impl Into<Element<'a, Message>>,
    hook: H,
) -> Element<'a, Message> {
    Element::new(Around {
        content: content.into(),
        hook,
    })
}

struct Around<'a, Message, H> {
    content: Element<'a, Message>,
    hook: H,
}

/// A type of our own, since iced takes a state of `()` for none at all.
struct Kept<State>(State);

fn seen<State: 'static>(tree: &mut Tree, bounds: Rectangle) -> Seen<'_, State> {
    let Kept(state) = tree.state.downcast_mut();
    Seen {
        state,
        content: &mut tree.children[0],
        bounds,
    }
}

impl<Message, H: Hook<Message>> Widget<Message, Theme, Renderer> for Around<'_, Message, H> {
    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn size_hint(&self) -> Size<Length> {
        self.content.as_widget().size_hint()
    }

    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<Kept<H::State>>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(Kept(H::State::default()))
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        let content = self.content.as_widget_mut();
        content.layout(&mut tree.children[0], renderer, limits)
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &Renderer,
        operation: &mut dyn Operation,
    ) {
        let content = self.content.as_widget_mut();
        content.operate(&mut tree.children[0], layout, renderer, operation);
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let mut moved = cursor;
        let went_in = self
            .hook
            .before(seen(tree, bounds), event, &mut moved, shell);
        if went_in.is_break() {
            return;
        }
        let child = &mut tree.children[0];
        self.content.as_widget_mut().update(
            child, event, layout, moved, renderer, clipboard, shell, viewport,
        );
        self.hook.after(seen(tree, bounds), event, cursor, shell);
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let Kept(state) = tree.state.downcast_ref();
        self.hook.under(state, renderer, bounds, cursor);
        let child = &tree.children[0];
        self.content
            .as_widget()
            .draw(child, renderer, theme, style, layout, cursor, viewport);
        self.hook.over(renderer, bounds, *viewport);
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        let Kept(state) = tree.state.downcast_ref();
        let own = self.hook.interaction(state, layout.bounds(), cursor);
        own.unwrap_or_else(|| {
            let content = self.content.as_widget();
            content.mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
        })
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        let child = &mut tree.children[0];
        let content = self.content.as_widget_mut();
        content.overlay(child, layout, renderer, viewport, translation)
    }
}
