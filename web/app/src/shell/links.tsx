/** Mantine's looks on the router's links, so that where they lead stays typed. */
import { Anchor, type AnchorProps, Button, type ButtonProps, Menu, type MenuItemProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { type AnchorHTMLAttributes, forwardRef } from "react";

type A = AnchorHTMLAttributes<HTMLAnchorElement>;

export const ButtonLink = createLink(
  forwardRef<HTMLAnchorElement, ButtonProps & Omit<A, keyof ButtonProps>>(function ButtonLink(props, ref) {
    return <Button component="a" ref={ref} {...props} />;
  }),
);

export const TextLink = createLink(
  forwardRef<HTMLAnchorElement, AnchorProps & Omit<A, keyof AnchorProps>>(function TextLink(props, ref) {
    return <Anchor underline="always" fz="inherit" ref={ref} {...props} />;
  }),
);

export const MenuLink = createLink(
  forwardRef<HTMLAnchorElement, MenuItemProps & Omit<A, keyof MenuItemProps>>(function MenuLink(props, ref) {
    return <Menu.Item component="a" ref={ref} {...props} />;
  }),
);
