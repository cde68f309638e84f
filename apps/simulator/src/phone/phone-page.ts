import { html } from 'hono/html'

export const phonePage = () => html`<!DOCTYPE html><title>Phone</title>`
