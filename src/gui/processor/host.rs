//! A view that draws with iced's own renderer, in a window that draws with ours.
//! It passes everything on.

use iced::advanced::layout::{self, Layout};
use iced::advanced::overlay;
use iced::advanced::renderer::Style;
use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Overlay, Shell, Widget, mouse};
use iced::{Element, Event, Length, Rectangle, Size, Theme, Vector};

use super::Renderer;

/// Puts a view into a window drawn by [`Renderer`].
pub fn host<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
) -> Element<'a, Message, Theme, Renderer> {
    Element::new(Host(content.into()))
}

struct Host<'a, Message>(Element<'a, Message>);

impl<Message> Widget<Message, Theme, Renderer> for Host<'_, Message> {
    fn size(&self) -> Size<Length> {
        self.0.as_widget().size()
    }

    fn size_hint(&self) -> Size<Length> {
        self.0.as_widget().size_hint()
    }

    fn tag(&self) -> tree::Tag {
        self.0.as_widget().tag()
    }

    fn state(&self) -> tree::State {
        self.0.as_widget().state()
    }

    fn children(&self) -> Vec<Tree> {
        self.0.as_widget().children()
    }

    fn diff(&self, tree: &mut Tree) {
        self.0.as_widget().diff(tree);
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        self.0.as_widget_mut().layout(tree, &renderer.0, limits)
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let content = self.0.as_widget();
        content.draw(
            tree,
            &mut renderer.0,
            theme,
            style,
            layout,
            cursor,
            viewport,
        );
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &Renderer,
        operation: &mut dyn Operation,
    ) {
        let content = self.0.as_widget_mut();
        content.operate(tree, layout, &renderer.0, operation);
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
        let content = self.0.as_widget_mut();
        content.update(
            tree,
            event,
            layout,
            cursor,
            &renderer.0,
            clipboard,
            shell,
            viewport,
        );
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        let content = self.0.as_widget();
        content.mouse_interaction(tree, layout, cursor, viewport, &renderer.0)
    }

    fn overlay<'a>(
        &'a mut self,
        tree: &'a mut Tree,
        layout: Layout<'a>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'a, Message, Theme, Renderer>> {
        let content = self.0.as_widget_mut();
        let above = content.overlay(tree, layout, &renderer.0, viewport, translation);
        above.map(hosted)
    }
}

/// The same for what lies above the window's content.
struct Above<'a, Message>(overlay::Element<'a, Message, Theme, iced::Renderer>);

fn hosted<'a, Message: 'a>(
    above: overlay::Element<'a, Message, Theme, iced::Renderer>,
) -> overlay::Element<'a, Message, Theme, Renderer> {
    overlay::Element::new(Box::new(Above(above)))
}

impl<Message> Overlay<Message, Theme, Renderer> for Above<'_, Message> {
    fn layout(&mut self, renderer: &Renderer, bounds: Size) -> layout::Node {
        self.0.as_overlay_mut().layout(&renderer.0, bounds)
    }

    fn draw(
        &self,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
    ) {
        let above = self.0.as_overlay();
        above.draw(&mut renderer.0, theme, style, layout, cursor);
    }

    fn operate(&mut self, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        let above = self.0.as_overlay_mut();
        above.operate(layout, &renderer.0, operation);
    }

    fn update(
        &mut self,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
    ) {
        let above = self.0.as_overlay_mut();
        above.update(event, layout, cursor, &renderer.0, clipboard, shell);
    }

    fn mouse_interaction(
        &self,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        let above = self.0.as_overlay();
        above.mouse_interaction(layout, cursor, &renderer.0)
    }

    fn overlay<'a>(
        &'a mut self,
        layout: Layout<'a>,
        renderer: &Renderer,
    ) -> Option<overlay::Element<'a, Message, Theme, Renderer>> {
        let above = self.0.as_overlay_mut();
        above.overlay(layout, &renderer.0).map(hosted)
    }

    fn index(&self) -> f32 {
        self.0.as_overlay().index()
    }
}
