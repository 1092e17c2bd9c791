// Generated from openapi.json by `npm run gen`; not to be changed by hand.

export interface paths {
    "/calendar/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists events by start. Without `expand`, a series is one item. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Only what is not over by then: an instant, or a day on the clock of whoever asks.
                     * @example 2026-11-01
                     */
                    from?: string;
                    /**
                     * @description Only what begins before.
                     * @example 2026-12-01
                     */
                    to?: string;
                    /** @description Each occurrence of a series by itself. Needs `from` and `to`, 400 days apart at most. */
                    expand?: boolean;
                    /** @description Only those of that user. */
                    ownerId?: string;
                    /** @description Only bookings of that type. */
                    sessionType?: string;
                    /** @description Only bookings with that client. */
                    clientId?: string;
                    /** @description Only those that are in that calendar, or shall be. */
                    linkId?: string;
                    /** @description Only `confirmed`, `tentative` or `cancelled` ones. */
                    status?: string;
                    /** @description Only those that one joins by a link, or only those that one does not. */
                    isMeeting?: boolean;
                    /** @description Only those with this in their title. */
                    text?: string;
                    /** @description Only those that the platform knows under that id. */
                    externalRef?: string;
                    /** @description So many at most. Not with `expand`. */
                    limit?: number;
                    /** @description Where the page before has ended: its `next`. Not with `expand`. */
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_Event"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Makes an event. With an `externalRef` that there is already, that event is replaced instead. */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description asked for twice under one key, it is made once */
                    "Idempotency-Key"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EventInput"];
                };
            };
            responses: {
                /** @description it was there under its externalRef */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Event"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Replaces an event, or an occurrence, whole: what is left out is at its default. */
        put: {
            parameters: {
                query?: {
                    /** @description `all` (the default), `this` or `following`. */
                    scope?: string;
                    /**
                     * @description Which occurrence `this` and `following` are about: when it would have begun.
                     * @example 20261120T090000
                     */
                    occurrence?: string;
                };
                header?: {
                    /** @description the ETag that it was read with */
                    "If-Match"?: string | null;
                    /** @description asked for twice under one key, it is done once */
                    "Idempotency-Key"?: string | null;
                };
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EventInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        /**
         * Deletes an event, an occurrence, or an occurrence and all that follow. A booking is cancelled, and stays to say so;
         *     deleted again, it is gone.
         */
        delete: {
            parameters: {
                query?: {
                    /** @description `all` (the default), `this` or `following`. */
                    scope?: string;
                    /**
                     * @description Which occurrence `this` and `following` are about: when it would have begun.
                     * @example 20261120T090000
                     */
                    occurrence?: string;
                };
                header?: {
                    /** @description the ETag that it was read with */
                    "If-Match"?: string | null;
                    /** @description asked for twice under one key, it is done once */
                    "Idempotency-Key"?: string | null;
                };
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes the fields of an event, or of an occurrence, that are given; null takes one away. */
        patch: {
            parameters: {
                query?: {
                    /** @description `all` (the default), `this` or `following`. */
                    scope?: string;
                    /**
                     * @description Which occurrence `this` and `following` are about: when it would have begun.
                     * @example 20261120T090000
                     */
                    occurrence?: string;
                };
                header?: {
                    /** @description the ETag that it was read with */
                    "If-Match"?: string | null;
                    /** @description asked for twice under one key, it is done once */
                    "Idempotency-Key"?: string | null;
                };
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EventInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/calendar/events/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an event was before each change, the latest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_Version"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/events/{id}/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Syncs one event to a calendar, or keeps it away from there. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Switch"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Event"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/events/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes back the last change of an event, or all since a revision. That is a change like any other. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Back"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Event"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/events/{id}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says for each calendar whether an event is there, why or why not, and what happens next. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_Why"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/sync/{provider}/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the provider sends the browser back to. It is sent on to the page of connections, with the account's id in
         *     `connected`, or with a sentence in `problem`. A sign-in is ended only in the session that began it.
         */
        get: {
            parameters: {
                query?: {
                    /** @description what was granted */
                    code?: string;
                    /** @description which sign-in */
                    state?: string;
                    /** @description why nothing was */
                    error?: string;
                };
                header?: never;
                path: {
                    /** @description where the browser was */
                    provider: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description to the page of connections */
                303: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/sync/{provider}/pull": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Brings in what changed in the calendars of a provider, now, and sends nothing out. */
        post: {
            parameters: {
                query?: {
                    /** @description Only that link. */
                    linkId?: string;
                };
                header?: never;
                path: {
                    /** @description where */
                    provider: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/sync/{provider}/push": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends out what changed here to the calendars of a provider, now, and brings nothing in. With the headers of Google's
         *     channels (`X-Goog-Channel-Id`), it is a notice of Google's instead, and needs no sign-in.
         */
        post: {
            parameters: {
                query?: {
                    /** @description Only that link. */
                    linkId?: string;
                };
                header?: never;
                path: {
                    /** @description where */
                    provider: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                /** @description a notice was heard */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/webhook/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A notice of a provider that something has changed in a calendar that is watched. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description from whom */
                    provider: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "*/*": string;
                };
            };
            responses: {
                /** @description heard */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description of no channel of ours */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The clients of the workspace. Those who are clients themselves see nobody else. */
        get: {
            parameters: {
                query?: {
                    /** @description Only those with this in their name or address. */
                    text?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_Client"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Adds a client. Not for clients. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewClient"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Client"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A stream of server-sent events: `event: change`, each with an id to resume from. A message carries no data but what
         *     to look at again.
         */
        get: {
            parameters: {
                query?: {
                    /** @description What was heard last. Browsers say it by themselves, with the header `Last-Event-ID`. */
                    lastEventId?: number;
                };
                header?: {
                    /** @description what was heard last */
                    "Last-Event-ID"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["Message"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The keys of the workspace; those who are no administrators see their own. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_ApiKey"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Makes a key. It is shown this once. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewKey"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Made"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes a key: from now on it opens nothing. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which key */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The connected accounts. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_Account"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/calendars": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The calendars of an account, as its provider lists them now. */
        get: {
            parameters: {
                query: {
                    /** @description Which account. */
                    accountId: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_Calendar"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a sign-in that a platform began with its key, with what the browser brought back. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Brought"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Connected"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/conflicts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What both sides changed, the latest first. */
        get: {
            parameters: {
                query?: {
                    /** @description `open`: those that wait for an answer; `resolved`: those that have one. All, unless said. */
                    state?: string;
                    /** @description Only those of that link. */
                    linkId?: string;
                    /** @description So many at most; 50, unless said otherwise. */
                    limit?: number;
                    /** @description After so many. */
                    offset?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Counted_Conflict"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/connect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begins to connect an account. Send the browser to `authUrl`; it comes back within ten minutes, in the same session.
         *     Clients can connect their calendars, too.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Wish"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Begun"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/disconnect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Disconnects. Events stay on both sides, unless `removeSynced` takes the copies there away. What both sides agreed on is
         *     remembered, so that connecting again doubles nothing.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Disconnect"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was synced, the latest first. */
        get: {
            parameters: {
                query?: {
                    /** @description So many at most; 50, unless said otherwise. */
                    limit?: number;
                    /** @description After so many. */
                    offset?: number;
                    /** @description Only those that ended so: `running`, `success`, `partial` or `failed`. */
                    status?: string;
                    /** @description Only those that began then or later: an instant, or a day on the clock of whoever asks. */
                    from?: string;
                    /** @description Only those that began before. */
                    to?: string;
                    /** @description Only those of that link. */
                    linkId?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Counted_Run"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/history/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What one run did, sentence by sentence. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which run */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/history/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Syncs the calendar of a run again, with all that was refused there. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which run */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Links a calendar: from now on it is kept in sync. One that was linked before comes back with what both sides agreed
         *     on, so that nothing is doubled. The first sync begins by itself.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["New"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LinkStatus"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops syncing a calendar for a while. What changes meanwhile is not forgotten. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WhichLink"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LinkStatus"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Large changes that wait for consent, or have it and are not carried out yet. */
        get: {
            parameters: {
                query?: {
                    /** @description Only those of that link. */
                    linkId?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_WaitingPlan"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/plans/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Consents to a large change: to exactly that plan, once, within 24 hours. The next sync carries it out. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Consent"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Looks at a calendar as a first sync with the usual settings would, and keeps nothing. It is an outlook: what is done is
         *     decided by the sync itself.
         */
        get: {
            parameters: {
                query: {
                    /** @description Of which account. */
                    accountId: string;
                    /** @description Which of its calendars, or `primary`. */
                    calendarId: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FirstSync"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The providers of calendars, and what each can do. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_Provider"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What waits to be carried out, 200 of each calendar at most. */
        get: {
            parameters: {
                query?: {
                    /** @description Only those of that link. */
                    linkId?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_WaitingChange"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/queue/{id}/drop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Lets go of a waiting change: both sides stay as they are, until one of them is changed again or the settings of the
         *     calendar are.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which waiting change */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/queue/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tries a waiting change again, as soon as its calendar's turn comes. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which waiting change */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/resolve-conflict": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Says who stands, in one conflict or in all that wait. The next sync carries it out on both sides. To take it back
         *     later, undo the event's change: `POST /calendar/events/{id}/undo`.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ConflictAnswer"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Resolved"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Goes on syncing a calendar. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WhichLink"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LinkStatus"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The settings of a linked calendar. */
        get: {
            parameters: {
                query: {
                    /** @description Which link. */
                    linkId: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LinkSettings"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /**
         * Changes the settings of a linked calendar: what is given changes, the rest stays. What follows from it there is done
         *     by the next sync: events that enter the filter are added, those that leave it are removed; what came from that
         *     calendar is never removed.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LinkSettingsWanted"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LinkSettings"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How every linked calendar stands, and all of them in one word. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Status"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/sync-now": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Syncs now. The answer does not wait for a provider: it names the runs, and the history tells what becomes of them.
         *     Where a calendar is being synced already, that run is named, and another follows it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Asked"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes one honest call to see whether a connection works. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Which"];
                };
            };
            responses: {
                /** @description whether it works or not */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tested"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has signed in. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Session"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Signs in. The answer sets the cookie of the session. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Credentials"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Session"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Signs out. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Changes one's own password. Other sessions end. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewPassword"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/user": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes one's own name or zone. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MyChange"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Session"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the first administrator has still to be made. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Setup"];
                    };
                };
            };
        };
        put?: never;
        /** Makes the first administrator, and signs them in. Works once, with the code that the program printed. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["First"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Session"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The people of the workspace. A client sees only themselves. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_User"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Adds somebody. For administrators. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewUser"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A person's account at a provider. */
        Account: {
            /** Format: uuid */
            id: string;
            /** @description How many of its calendars are linked. */
            links: number;
            /** @description What people call it: a mail address, mostly. */
            name: string;
            /** @description Why it has to be connected again. */
            note?: string | null;
            /** @example google */
            provider: string;
            /** @description `active`, or `revoked` until it is connected again. */
            state: string;
            /**
             * Format: uuid
             * @description Whose it is.
             */
            userId: string;
        };
        /** @description A key, without what makes it one. */
        ApiKey: {
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            id: string;
            name: string;
            /** @description How it begins. */
            prefix: string;
            /** Format: date-time */
            revokedAt?: string | null;
            /**
             * @description `read`, `write` or `admin`.
             * @example write
             */
            scope: string;
            /**
             * Format: date-time
             * @description When it was last used, to some minutes.
             */
            usedAt?: string | null;
            /**
             * Format: uuid
             * @description For whom it acts.
             */
            userId: string;
        };
        /** @description What to sync; all linked calendars, unless said otherwise. */
        Asked: {
            /**
             * Format: uuid
             * @description Only that one.
             */
            linkId?: string | null;
            /**
             * @description Only those at that provider.
             * @example google
             */
            provider?: string | null;
        };
        /** @description A link to a file. */
        Attachment: {
            title?: string;
            url: string;
        };
        /** @description Somebody who is invited. */
        Attendee: {
            /** @description `awaited`, `accepted`, `tentative` or `declined`. */
            answer?: string;
            email: string;
            name?: string;
            /** @description `required`, `optional` or `resource`. */
            role?: string;
        };
        /** @description Where to go back to. */
        Back: {
            /**
             * Format: int64
             * @description The revision; before the last change, unless said.
             */
            rev?: number | null;
        };
        /** @description A sign-in that has begun. */
        Begun: {
            /** @description Where to send the browser. */
            authUrl: string;
            /** @description What comes back with it. */
            state: string;
        };
        /** @description How large a change needs consent. */
        Brake: {
            /**
             * Format: int32
             * @description So many deletions and rewrites never do.
             */
            atLeast: number;
            /**
             * Format: int32
             * @description Beyond that, this share of the calendar does not.
             */
            percent: number;
        };
        /** @description What is to change of the brake. */
        BrakeWanted: {
            /** Format: int32 */
            atLeast?: number | null;
            /** Format: int32 */
            percent?: number | null;
        };
        /** @description What a browser brought back. */
        Brought: {
            code: string;
            /** @example google */
            provider: string;
            state: string;
        };
        /** @description A calendar of an account. */
        Calendar: {
            /** @description What its provider calls it. */
            id: string;
            /**
             * Format: uuid
             * @description Its link, where it is linked.
             */
            linked?: string | null;
            name: string;
            /** @description Whether it is its person's main calendar. */
            primary: boolean;
            /** @description Whether it can be written to. */
            writable: boolean;
            zone?: string | null;
        };
        /** @description What its calendars can hold. */
        Can: {
            attachments: boolean;
            colours: boolean;
            guests: boolean;
            /** @description Links to join by. */
            meetings: boolean;
            privacy: boolean;
            reminders: boolean;
            /** @description Series as rules; where not, their occurrences one by one. */
            series: boolean;
        };
        /** @description An event after a change. */
        Changed: components["schemas"]["Event"] & {
            next?: components["schemas"]["Event"] | null;
        };
        /** @description Somebody who books. */
        Client: {
            email?: string | null;
            /** Format: uuid */
            id: string;
            name: string;
            phone?: string | null;
        };
        /** @description What both sides changed. */
        Conflict: {
            /** @description Whether it can be settled field by field; a question about a whole event cannot. */
            byField: boolean;
            /** @description The calendar's name. */
            calendar: string;
            /** Format: date-time */
            detectedAt: string;
            /** Format: uuid */
            eventId?: string | null;
            /**
             * Format: date-time
             * @description When it is decided for the platform if nobody answers.
             */
            expiresAt?: string | null;
            fields: components["schemas"]["Side"][];
            /** Format: uuid */
            id: string;
            /** @description `time_change`, `deleted`, `data_mismatch`, or `created_externally` for what may have been entered on both sides. */
            kind: string;
            /** Format: uuid */
            linkId: string;
            /** @example google */
            provider: string;
            /**
             * @description `keep_local`, `keep_external`, `keep_latest`, `merge`, `keep_both`; `policy` where the settings decided, `expired` where
             *     nobody answered, `agreed` where both sides are alike again.
             */
            resolution?: string | null;
            /** Format: date-time */
            resolvedAt?: string | null;
            /** @description A person's name, a calendar's, or `Concord`. */
            resolvedBy?: string | null;
            /** @description `open`; `answered`: the next sync carries the answer out; `resolved`. */
            state: string;
            title: string;
        };
        /** @description An answer. */
        ConflictAnswer: {
            /** @description To all that wait. */
            all?: boolean | null;
            /**
             * Format: uuid
             * @description To which conflict.
             */
            conflictId?: string | null;
            /** @description With `merge`, who stands in each field: `local`, `external` or `latest`. What is not named stays as it is here. */
            fields?: {
                [key: string]: string;
            } | null;
            /**
             * @description `keep_local`, `keep_external`, `keep_latest`, `merge` (with `fields`), or `keep_both` where one event may have been
             *     entered twice.
             * @example keep_local
             */
            resolution: string;
        };
        /** @description A connected account. */
        Connected: {
            /** Format: uuid */
            accountId: string;
            /** @description The account's main calendar; null where it cannot be read just now. */
            calendarId?: string | null;
            success: boolean;
        };
        /** @description A consent. */
        Consent: {
            /** @description The hash of the plan, whole. */
            hash: string;
            /** Format: uuid */
            linkId: string;
        };
        /** @description A numbered page of a list, and how many there are in all. */
        Counted_Conflict: {
            /** @description What is on it. */
            items: {
                /** @description Whether it can be settled field by field; a question about a whole event cannot. */
                byField: boolean;
                /** @description The calendar's name. */
                calendar: string;
                /** Format: date-time */
                detectedAt: string;
                /** Format: uuid */
                eventId?: string | null;
                /**
                 * Format: date-time
                 * @description When it is decided for the platform if nobody answers.
                 */
                expiresAt?: string | null;
                fields: components["schemas"]["Side"][];
                /** Format: uuid */
                id: string;
                /** @description `time_change`, `deleted`, `data_mismatch`, or `created_externally` for what may have been entered on both sides. */
                kind: string;
                /** Format: uuid */
                linkId: string;
                /** @example google */
                provider: string;
                /**
                 * @description `keep_local`, `keep_external`, `keep_latest`, `merge`, `keep_both`; `policy` where the settings decided, `expired` where
                 *     nobody answered, `agreed` where both sides are alike again.
                 */
                resolution?: string | null;
                /** Format: date-time */
                resolvedAt?: string | null;
                /** @description A person's name, a calendar's, or `Concord`. */
                resolvedBy?: string | null;
                /** @description `open`; `answered`: the next sync carries the answer out; `resolved`. */
                state: string;
                title: string;
            }[];
            /**
             * Format: int64
             * @description How many there are in all.
             */
            total: number;
        };
        /** @description A numbered page of a list, and how many there are in all. */
        Counted_Run: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: int64
                 * @description How many requests it made.
                 */
                apiCalls: number;
                /** @description The calendar's name. */
                calendar: string;
                /** Format: date-time */
                completedAt?: string | null;
                /** Format: int64 */
                conflictsDetected: number;
                /** @description What went wrong; in lists only how the run itself ended. */
                errors: components["schemas"]["RunError"][];
                /** Format: uuid */
                id: string;
                /** Format: int64 */
                itemsDeleted: number;
                /** Format: int64 */
                itemsPulled: number;
                /** Format: int64 */
                itemsPushed: number;
                /** @description What it did, sentence by sentence. Not in lists. */
                lines?: components["schemas"]["RunLine"][] | null;
                /** Format: uuid */
                linkId: string;
                /** @example google */
                provider: string;
                /** Format: date-time */
                startedAt: string;
                /** @description `running`, `success`, `partial` or `failed`. */
                status: string;
                /** @description What it did, in words. */
                summary: string;
                /** @description `full`, `push`, `pull`, `webhook` or `manual`. */
                syncType: string;
            }[];
            /**
             * Format: int64
             * @description How many there are in all.
             */
            total: number;
        };
        /** @description Name and password. */
        Credentials: {
            email: string;
            /** Format: password */
            password: string;
        };
        /** @description From and up to which day. */
        DateRange: {
            /** Format: date */
            from?: string | null;
            /** Format: date */
            until?: string | null;
        };
        /** @description What is to change of the days; null takes an end away. */
        DateRangeWanted: {
            /** Format: date */
            from?: string | null;
            /** Format: date */
            until?: string | null;
        };
        /** @description What to let go of: one linked calendar, or an account. */
        Disconnect: {
            /**
             * Format: uuid
             * @description An account with all of its calendars.
             */
            accountId?: string | null;
            /**
             * Format: uuid
             * @description One linked calendar; its account stays connected.
             */
            linkId?: string | null;
            /**
             * @description Your own account at that provider. Where you have several, the answer is 409 with their ids.
             * @example google
             */
            provider?: string | null;
            /** @description Whether the copies that Concord made there are taken away first. Originals always stay. */
            removeSynced?: boolean | null;
        };
        /** @description One thing that happens; or, where `occurrence` is given, one of the times at which a series does. */
        Event: {
            allDay: boolean;
            attachments: components["schemas"]["Attachment"][];
            attendees: components["schemas"]["Attendee"][];
            /** @description `busy` or `free`. */
            availability: string;
            /** @description Whether this occurrence differs from its series. */
            changed?: boolean;
            clients: components["schemas"]["Named"][];
            /**
             * @description One of the eleven of the palette.
             * @example peacock
             */
            colour?: string | null;
            /** @description The link to join by, as the event says it. */
            conference: string;
            /** Format: date-time */
            createdAt: string;
            description: string;
            /** @description The same form. Of whole days, the day after the last. */
            end: string;
            extension: Record<string, never>;
            /** @description The platform's own id. */
            externalRef?: string | null;
            floating: boolean;
            /** Format: uuid */
            id: string;
            /** @description Whether one joins it by a link. */
            isMeeting: boolean;
            location: string;
            /** @description Who runs the room, where that is known. */
            meetingProvider?: string | null;
            /** @description The link, from wherever it stands. */
            meetingUrl?: string | null;
            /** @description The platform's own notes. Only the owner sees them. */
            notes: string;
            /**
             * @description Of a series, which occurrence this is: when it would have begun. Edits name it so.
             * @example 20261120T090000
             */
            occurrence?: string | null;
            organiser?: components["schemas"]["Person"] | null;
            /** @description `platform`, or `link` for what came in by a calendar. */
            origin: string;
            /** Format: uuid */
            originLinkId?: string | null;
            /** Format: uuid */
            ownerId: string;
            participants: string[];
            /** @description `default`, `public`, `private` or `confidential`. */
            privacy: string;
            /** @description Why whoever asks cannot change it; missing where they can. */
            readOnly?: string | null;
            recurrence?: components["schemas"]["Recurrence"] | null;
            /** @description Whether it is, or is part of, a series. */
            recurring: boolean;
            reminders: components["schemas"]["Reminders"];
            /**
             * Format: int64
             * @description Grows with every change; `ETag` is this in quotes.
             */
            rev: number;
            /** @description `one_on_one`, `group_class`, `assessment` or an own word. An event that has one is a booking. */
            sessionType?: string | null;
            /** @description `2026-11-20T09:00:00-05:00`; `2026-11-20` for whole days; `2026-11-20T09:00:00` where it floats. */
            start: string;
            /** @description `confirmed`, `tentative` or `cancelled`. */
            status: string;
            /** @description How it stands in each calendar of whoever asks. */
            sync: components["schemas"]["EventSync"][];
            tags: string[];
            title: string;
            /** @description Its name in the world, the same in every calendar. */
            uid: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description The IANA zone on whose clock it happens; null for whole days and floating times. */
            zone?: string | null;
        };
        /**
         * @description What is wanted of an event. When one is made or replaced, what is left out is at its default; when it is changed, it
         *     stays as it is, and null takes it away.
         */
        EventInput: {
            /** @default null */
            allDay?: boolean | null;
            /** @default null */
            attachments?: components["schemas"]["Attachment"][] | null;
            /** @default null */
            attendees?: components["schemas"]["Attendee"][] | null;
            /**
             * @description `busy` or `free`.
             * @default null
             */
            availability?: string | null;
            /**
             * @description Who books.
             * @default null
             */
            clients?: string[] | null;
            /**
             * @description One of the eleven of the palette.
             * @default null
             */
            colour?: string | null;
            /**
             * @description The link to join by.
             * @default null
             */
            conference?: string | null;
            /** @default null */
            description?: string | null;
            /**
             * @description The same; of whole days, the day after the last. An hour after the start unless said.
             * @default null
             * @example 2026-11-20T10:00:00
             */
            end?: string | null;
            /** @description Whatever else the platform wants kept. */
            extension?: Record<string, never> | null;
            /**
             * @description The platform's own id, unique in the workspace. Making an event under one that there is changes that one.
             * @default null
             */
            externalRef?: string | null;
            /** @default null */
            location?: string | null;
            /**
             * @description The platform's own notes. Only the owner sees them.
             * @default null
             */
            notes?: string | null;
            /**
             * Format: uuid
             * @description Whose it is. For administrators, when it is made; whoever asks, unless said.
             * @default null
             */
            ownerId?: string | null;
            /**
             * @description Users other than the owner whose calendars it reaches.
             * @default null
             */
            participants?: string[] | null;
            /**
             * @description `default`, `public`, `private` or `confidential`.
             * @default null
             */
            privacy?: string | null;
            /** @default null */
            recurrence?: components["schemas"]["Recurrence"] | null;
            /** @default null */
            reminders?: components["schemas"]["Reminders"] | null;
            /**
             * @description `one_on_one`, `group_class`, `assessment` or an own word: makes it a booking.
             * @default null
             */
            sessionType?: string | null;
            /**
             * @description RFC 3339 with any offset, wall time on the clock of `zone`, or a day.
             * @default null
             * @example 2026-11-20T09:00:00
             */
            start?: string | null;
            /**
             * @description `confirmed`, `tentative` or `cancelled`.
             * @default null
             */
            status?: string | null;
            /** @default null */
            tags?: string[] | null;
            /** @default null */
            title?: string | null;
            /**
             * @description The IANA zone; that of whoever asks unless said. null: the time floats.
             * @default null
             * @example America/New_York
             */
            zone?: string | null;
        };
        /** @description How an event stands in one calendar. */
        EventSync: {
            /** @description The calendar's name. */
            calendar: string;
            /** @description Whether its person wants it there. */
            enabled: boolean;
            error?: string | null;
            externalId?: string | null;
            /** @description Whether it came in by this calendar. */
            home: boolean;
            /** Format: date-time */
            lastSyncedAt?: string | null;
            /** Format: uuid */
            linkId: string;
            provider: string;
            /** @description `synced`, `pending`, `error`, `conflict`; `off` where it is not and shall not be there. */
            syncStatus: string;
        };
        /** @description What goes there. Empty lists restrict nothing. */
        Filters: {
            appointmentTypes: string[];
            clientIds: string[];
            dateRange: components["schemas"]["DateRange"];
            /** @description The same as `private: exclude`. */
            excludePrivate: boolean;
            onlyConfirmed: boolean;
            rules: components["schemas"]["Rule"][];
        };
        /** @description What is to change of the filters. */
        FiltersWanted: {
            /** @description Only bookings of these types. */
            appointmentTypes?: string[] | null;
            /** @description Only events with one of these clients. */
            clientIds?: string[] | null;
            dateRange?: components["schemas"]["DateRangeWanted"] | null;
            /** @description The same as `private: exclude`; false makes them `busy` there, unless they are shown. */
            excludePrivate?: boolean | null;
            /** @description Not those that are tentative or cancelled. */
            onlyConfirmed?: boolean | null;
            rules?: components["schemas"]["Rule"][] | null;
        };
        /** @description The first administrator. */
        First: {
            /** @description The code that the program printed when it started. */
            code: string;
            email: string;
            name: string;
            /** Format: password */
            password: string;
            /**
             * @description The IANA zone they think in.
             * @example Africa/Johannesburg
             */
            zone: string;
        };
        /** @description What a first sync would do. */
        FirstSync: {
            /**
             * Format: int64
             * @description So many events would come in.
             */
            comesIn: number;
            /**
             * Format: int64
             * @description So many seem to be on both sides already, and would be recognised or asked about.
             */
            duplicates: number;
            /**
             * Format: int64
             * @description So many would go there.
             */
            goesOut: number;
            /** @description Whether all of the calendar was looked at; of a very large one, only the first part is. */
            whole: boolean;
        };
        /** @description Something that was tried in vain. */
        ItemError: {
            /**
             * Format: date-time
             * @description When the calendar was last looked at.
             */
            at?: string | null;
            /** @description The same for programs. */
            code: string;
            /** @description What is wrong, for a person. */
            error: string;
            /** Format: uuid */
            eventId?: string | null;
            /**
             * Format: date-time
             * @description When it is tried again; missing where a person has to do something first.
             */
            retryAt?: string | null;
            title: string;
        };
        /** @description A list. */
        Items_Account: {
            /** @description What is in it. */
            items: {
                /** Format: uuid */
                id: string;
                /** @description How many of its calendars are linked. */
                links: number;
                /** @description What people call it: a mail address, mostly. */
                name: string;
                /** @description Why it has to be connected again. */
                note?: string | null;
                /** @example google */
                provider: string;
                /** @description `active`, or `revoked` until it is connected again. */
                state: string;
                /**
                 * Format: uuid
                 * @description Whose it is.
                 */
                userId: string;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_ApiKey: {
            /** @description What is in it. */
            items: {
                /** Format: date-time */
                createdAt: string;
                /** Format: uuid */
                id: string;
                name: string;
                /** @description How it begins. */
                prefix: string;
                /** Format: date-time */
                revokedAt?: string | null;
                /**
                 * @description `read`, `write` or `admin`.
                 * @example write
                 */
                scope: string;
                /**
                 * Format: date-time
                 * @description When it was last used, to some minutes.
                 */
                usedAt?: string | null;
                /**
                 * Format: uuid
                 * @description For whom it acts.
                 */
                userId: string;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_Calendar: {
            /** @description What is in it. */
            items: {
                /** @description What its provider calls it. */
                id: string;
                /**
                 * Format: uuid
                 * @description Its link, where it is linked.
                 */
                linked?: string | null;
                name: string;
                /** @description Whether it is its person's main calendar. */
                primary: boolean;
                /** @description Whether it can be written to. */
                writable: boolean;
                zone?: string | null;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_Client: {
            /** @description What is in it. */
            items: {
                email?: string | null;
                /** Format: uuid */
                id: string;
                name: string;
                phone?: string | null;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_Event: {
            /** @description What is in it. */
            items: {
                allDay: boolean;
                attachments: components["schemas"]["Attachment"][];
                attendees: components["schemas"]["Attendee"][];
                /** @description `busy` or `free`. */
                availability: string;
                /** @description Whether this occurrence differs from its series. */
                changed?: boolean;
                clients: components["schemas"]["Named"][];
                /**
                 * @description One of the eleven of the palette.
                 * @example peacock
                 */
                colour?: string | null;
                /** @description The link to join by, as the event says it. */
                conference: string;
                /** Format: date-time */
                createdAt: string;
                description: string;
                /** @description The same form. Of whole days, the day after the last. */
                end: string;
                extension: Record<string, never>;
                /** @description The platform's own id. */
                externalRef?: string | null;
                floating: boolean;
                /** Format: uuid */
                id: string;
                /** @description Whether one joins it by a link. */
                isMeeting: boolean;
                location: string;
                /** @description Who runs the room, where that is known. */
                meetingProvider?: string | null;
                /** @description The link, from wherever it stands. */
                meetingUrl?: string | null;
                /** @description The platform's own notes. Only the owner sees them. */
                notes: string;
                /**
                 * @description Of a series, which occurrence this is: when it would have begun. Edits name it so.
                 * @example 20261120T090000
                 */
                occurrence?: string | null;
                organiser?: components["schemas"]["Person"] | null;
                /** @description `platform`, or `link` for what came in by a calendar. */
                origin: string;
                /** Format: uuid */
                originLinkId?: string | null;
                /** Format: uuid */
                ownerId: string;
                participants: string[];
                /** @description `default`, `public`, `private` or `confidential`. */
                privacy: string;
                /** @description Why whoever asks cannot change it; missing where they can. */
                readOnly?: string | null;
                recurrence?: components["schemas"]["Recurrence"] | null;
                /** @description Whether it is, or is part of, a series. */
                recurring: boolean;
                reminders: components["schemas"]["Reminders"];
                /**
                 * Format: int64
                 * @description Grows with every change; `ETag` is this in quotes.
                 */
                rev: number;
                /** @description `one_on_one`, `group_class`, `assessment` or an own word. An event that has one is a booking. */
                sessionType?: string | null;
                /** @description `2026-11-20T09:00:00-05:00`; `2026-11-20` for whole days; `2026-11-20T09:00:00` where it floats. */
                start: string;
                /** @description `confirmed`, `tentative` or `cancelled`. */
                status: string;
                /** @description How it stands in each calendar of whoever asks. */
                sync: components["schemas"]["EventSync"][];
                tags: string[];
                title: string;
                /** @description Its name in the world, the same in every calendar. */
                uid: string;
                /** Format: date-time */
                updatedAt: string;
                /** @description The IANA zone on whose clock it happens; null for whole days and floating times. */
                zone?: string | null;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_Provider: {
            /** @description What is in it. */
            items: {
                can: components["schemas"]["Can"];
                /** @description Whether it can be used here. */
                configured: boolean;
                /** @example google */
                id: string;
                /** @description What an operator has to do before it can be used. */
                missing?: string | null;
                /** @example Google Calendar */
                name: string;
                /** @description How one signs in: `oauth` sends the browser there. */
                signIn: string;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_User: {
            /** @description What is in it. */
            items: {
                email?: string | null;
                /** Format: uuid */
                id: string;
                name: string;
                /** @example provider */
                role: string;
                zone: string;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_Version: {
            /** @description What is in it. */
            items: {
                /**
                 * Format: date-time
                 * @description When that was changed.
                 */
                at: string;
                /** @description By whom: a person's name, a calendar's, or `Concord`. */
                by: string;
                /** @description What changed, in words: "title and time". */
                changed: string;
                /**
                 * Format: int64
                 * @description The revision that it had.
                 */
                rev: number;
                start: string;
                title: string;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_WaitingChange: {
            /** @description What is in it. */
            items: {
                /**
                 * Format: int64
                 * @description How often it was tried in vain.
                 */
                attempts: number;
                /** @description The calendar's name. */
                calendar: string;
                /** @description What went wrong. */
                error?: string | null;
                /**
                 * Format: uuid
                 * @description Missing for what was seen there and is no event here yet.
                 */
                eventId?: string | null;
                /** Format: uuid */
                id: string;
                /** Format: uuid */
                linkId: string;
                /** Format: date-time */
                retryAt?: string | null;
                /** @description `pending`, or `error` for what is not tried again by itself. */
                state: string;
                title: string;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_WaitingPlan: {
            /** @description What is in it. */
            items: {
                /** Format: date-time */
                approvedAt?: string | null;
                /** @description The calendar's name. */
                calendar: string;
                /**
                 * Format: date-time
                 * @description Until when one can consent, or the consent holds.
                 */
                expiresAt: string;
                /** @description What to consent to. */
                hash: string;
                /** Format: uuid */
                linkId: string;
                /** Format: date-time */
                madeAt: string;
                /**
                 * Format: int64
                 * @description How many guests would be mailed.
                 */
                mails: number;
                /** @description The first steps; `total` counts all of them. */
                steps: components["schemas"]["PlanStep"][];
                /** @description What it would do, in numbers. */
                summary: string;
                /** Format: int64 */
                total: number;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_Why: {
            /** @description What is in it. */
            items: {
                /** Format: date-time */
                agreedAt?: string | null;
                /** @description Why, in a sentence. */
                because: string;
                calendar: string;
                /** @description What went wrong last. */
                error?: string | null;
                /** Format: uuid */
                linkId: string;
                /** @description What is masked there. */
                masked: string[];
                /** @description What happens next, in a sentence. */
                next: string;
                provider: string;
                /** @description What its provider keeps in another form than it was given. */
                rewritten: string[];
                /** @description How it stands: `synced`, `pending`, `error`, `conflict` or `absent`. */
                state: string;
                /** @description Whether it shall be there. */
                wanted: boolean;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description The settings of a linked calendar. */
        LinkSettings: {
            /** Format: int32 */
            answerDays: number;
            /** @example ask */
            bookingDeletion: string;
            /** @example ask */
            bookingTime: string;
            brake: components["schemas"]["Brake"];
            /** @example shown */
            clientNames: string;
            /** @example last_write_wins */
            conflicts: string;
            contacts: boolean;
            /** @example delete */
            deletion: string;
            /** @example full */
            detail: string;
            filters: components["schemas"]["Filters"];
            guests: boolean;
            /** Format: uuid */
            linkId: string;
            mailGuests: boolean;
            notes: boolean;
            /** @example exclude */
            private: string;
            provider: string;
            /** @description Whether no filter keeps anything back. Private events are a matter of `private`. */
            syncAll: boolean;
            /** @example both */
            syncDirection: string;
            /**
             * Format: int32
             * @description 0 is real time.
             */
            syncFrequencyMinutes: number;
            window: components["schemas"]["Window"];
        };
        /** @description What is to change; the rest stays. */
        LinkSettingsWanted: {
            /**
             * Format: int32
             * @description How many days a question waits.
             */
            answerDays?: number | null;
            /** @description The same for a booking. */
            bookingDeletion?: string | null;
            /** @description The same for the time of a booking. */
            bookingTime?: string | null;
            brake?: components["schemas"]["BrakeWanted"] | null;
            /** @description `shown`, `initials` or `hidden`. */
            clientNames?: string | null;
            /** @description When both sides changed the same: `last_write_wins`, `keep_platform`, `keep_external` or `ask`. */
            conflicts?: string | null;
            /** @description Whether clients' addresses and telephone numbers may appear. */
            contacts?: boolean | null;
            /** @description When an event is deleted there: `delete`, `restore` or `ask`. */
            deletion?: string | null;
            /** @description `full`, `title` or `busy`. */
            detail?: string | null;
            filters?: components["schemas"]["FiltersWanted"] | null;
            /** @description Whether guests are written into copies. */
            guests?: boolean | null;
            /**
             * Format: uuid
             * @description Of which link.
             */
            linkId?: string | null;
            /** @description Whether the provider may mail guests about changes. */
            mailGuests?: boolean | null;
            /** @description Whether the platform's notes go along. */
            notes?: boolean | null;
            /** @description What becomes of private events: `exclude`, `busy` or `show`. */
            private?: string | null;
            /** @description At which provider: your own link there. Where you have several, the answer is 409 with their ids. */
            provider?: string | null;
            /** @description True takes all filters away. */
            syncAll?: boolean | null;
            /** @description `both`, `push` (only from here to there) or `pull`. */
            syncDirection?: string | null;
            /**
             * Format: int32
             * @description 0 is real time; a week at most.
             */
            syncFrequencyMinutes?: number | null;
            window?: components["schemas"]["WindowWanted"] | null;
        };
        /** @description How a linked calendar stands. */
        LinkStatus: {
            /** @description The account's name. */
            account: string;
            /** Format: uuid */
            accountId: string;
            /** @description The calendar's name. */
            calendar: string;
            /** @description What its provider calls the calendar. */
            calendarId: string;
            /**
             * Format: int64
             * @description How many questions wait for an answer.
             */
            conflicts: number;
            /** @description Why the last sync failed. */
            error?: string | null;
            /** @description What was tried in vain, some of it. */
            errors: components["schemas"]["ItemError"][];
            /** @description Whether it is being kept in sync. */
            isActive: boolean;
            /**
             * Format: int64
             * @description How many events were compared and agree.
             */
            itemsSynced: number;
            /** Format: date-time */
            lastSyncAt?: string | null;
            /** @description `success`, `partial` or `failed`. */
            lastSyncStatus?: string | null;
            /** Format: uuid */
            linkId: string;
            /**
             * Format: date-time
             * @description When it is looked at next.
             */
            nextSyncAt?: string | null;
            /** @description What a person has to know or do. */
            note?: string | null;
            /**
             * Format: int64
             * @description How many changes wait to be carried out.
             */
            pending: number;
            plan?: components["schemas"]["Waiting"] | null;
            /** @example google */
            provider: string;
            /** @description `active`; `paused` by a person; `stopped` until a person does something; `braked`: a large change waits for consent. */
            state: string;
            /** @description `both`, `push` or `pull`. */
            syncDirection: string;
            /** @description Whether something is on its way right now. */
            syncing: boolean;
            /**
             * Format: uuid
             * @description Whose it is.
             */
            userId: string;
            /** @description Whether its provider lets us write there. */
            writable: boolean;
        };
        /** @description A key that was just made. */
        Made: components["schemas"]["ApiKey"] & {
            /** @description The key. It is shown this once. */
            key: string;
        };
        /** @description Whoever asks. */
        Me: {
            email?: string | null;
            /** Format: uuid */
            id: string;
            name: string;
            /** @example provider */
            role: string;
            /**
             * @description The IANA zone they think in.
             * @example Africa/Johannesburg
             */
            zone: string;
        };
        /** @description Something changed: look again. */
        Message: {
            /**
             * Format: uuid
             * @description Which; missing where it is everything.
             */
            id?: string | null;
            /** @description `event`, `link`, `conflict`, `account`, or `everything`. */
            kind: string;
        };
        /** @description What one can change about oneself. */
        MyChange: {
            name?: string | null;
            /** @description The IANA zone they think in. */
            zone?: string | null;
        };
        /** @description Somebody or something with a name. */
        Named: {
            /** Format: uuid */
            id: string;
            name: string;
        };
        /** @description A calendar to keep in sync. */
        New: {
            /**
             * Format: uuid
             * @description Of which account.
             */
            accountId: string;
            /** @description Which of its calendars, or `primary`. */
            calendarId: string;
            settings?: components["schemas"]["LinkSettingsWanted"] | null;
        };
        /** @description A new client. */
        NewClient: {
            email?: string | null;
            name: string;
            phone?: string | null;
        };
        /** @description A new key. */
        NewKey: {
            /** @description What people call it. */
            name: string;
            /**
             * @description `read`, `write`, or `admin` for all that an administrator may do.
             * @default write
             */
            scope?: string;
            /**
             * Format: uuid
             * @description For whom it acts; whoever asks, unless said otherwise.
             */
            userId?: string | null;
        };
        /** @description A new password. */
        NewPassword: {
            /** Format: password */
            current: string;
            /** Format: password */
            new: string;
        };
        /** @description Somebody new. */
        NewUser: {
            email: string;
            name: string;
            /**
             * Format: password
             * @description With it they can sign in.
             */
            password?: string | null;
            /** @description `admin`, `provider` or `client`. */
            role: string;
            /** @description The IANA zone they think in. */
            zone: string;
        };
        /** @description A person as calendars know them. */
        Person: {
            email: string;
            name: string;
        };
        /** @description One thing that would be done. */
        PlanStep: {
            /** Format: uuid */
            eventId?: string | null;
            /** @description Which fields would change, in words. */
            fields: string;
            title: string;
            /** @description What, in words. */
            what: string;
            when: string;
            why: string;
        };
        /** @description What went wrong. */
        Problem: {
            /** @description What one can choose from, where there is a choice. */
            choices?: string[];
            /** @description A stable word for programs. */
            code: string;
            /** @description What happened and what to do, for a person. */
            detail: string;
            /** @description The field that is wrong, where one is. */
            field?: string | null;
            /**
             * Format: int32
             * @description What to wait, in seconds, before trying again.
             */
            retryAfter?: number | null;
            /**
             * Format: int32
             * @description The status of the answer.
             */
            status: number;
            /** @description The status in words. */
            title: string;
            /**
             * @description Always `about:blank`: the `code` says what kind of problem it is.
             * @example about:blank
             */
            type: string;
        };
        /** @description A provider. */
        Provider: {
            can: components["schemas"]["Can"];
            /** @description Whether it can be used here. */
            configured: boolean;
            /** @example google */
            id: string;
            /** @description What an operator has to do before it can be used. */
            missing?: string | null;
            /** @example Google Calendar */
            name: string;
            /** @description How one signs in: `oauth` sends the browser there. */
            signIn: string;
        };
        /** @description How it repeats. */
        Recurrence: {
            /**
             * @description Further dates, as `20261120T090000` or `20261120` on the clock of the start.
             * @default []
             */
            dates?: string[];
            /**
             * @description Rules as in iCalendar, usually one: `FREQ=WEEKLY;BYDAY=MO;COUNT=10`.
             * @default []
             */
            rules?: string[];
        };
        /** @description One reminder. */
        Reminder: {
            /** @description `popup` or `email`. */
            by?: string;
            /**
             * Format: int32
             * @description Minutes before the start.
             */
            minutesBefore: number;
        };
        /** @description When its person is reminded. */
        Reminders: {
            /** @description Just these, where `useDefault` is false. */
            own?: components["schemas"]["Reminder"][];
            /** @description As each calendar does by itself. */
            useDefault?: boolean;
        };
        /** @description What was answered. */
        Resolved: {
            items: components["schemas"]["Conflict"][];
            /** @description So many. */
            resolved: number;
        };
        /** @description A rule of one's own. */
        Rule: {
            /**
             * @description `title`, `description`, `location`, `sessionType` or `tag`.
             * @example title
             */
            field: string;
            /**
             * @description `matching` keeps what matches, `others` what does not.
             * @default matching
             */
            keep?: string;
            /** @description Text to look for; `*` stands for anything. */
            pattern: string;
        };
        /** @description One sync of one calendar. */
        Run: {
            /**
             * Format: int64
             * @description How many requests it made.
             */
            apiCalls: number;
            /** @description The calendar's name. */
            calendar: string;
            /** Format: date-time */
            completedAt?: string | null;
            /** Format: int64 */
            conflictsDetected: number;
            /** @description What went wrong; in lists only how the run itself ended. */
            errors: components["schemas"]["RunError"][];
            /** Format: uuid */
            id: string;
            /** Format: int64 */
            itemsDeleted: number;
            /** Format: int64 */
            itemsPulled: number;
            /** Format: int64 */
            itemsPushed: number;
            /** @description What it did, sentence by sentence. Not in lists. */
            lines?: components["schemas"]["RunLine"][] | null;
            /** Format: uuid */
            linkId: string;
            /** @example google */
            provider: string;
            /** Format: date-time */
            startedAt: string;
            /** @description `running`, `success`, `partial` or `failed`. */
            status: string;
            /** @description What it did, in words. */
            summary: string;
            /** @description `full`, `push`, `pull`, `webhook` or `manual`. */
            syncType: string;
        };
        /** @description Something that went wrong. */
        RunError: {
            /** Format: uuid */
            appointmentId?: string | null;
            /** @description What happened. */
            details: string;
            /** @description A stable word for it. */
            error: string;
            /** @description What the provider calls it. */
            externalEventId?: string | null;
            /** Format: date-time */
            timestamp: string;
        };
        /** @description A sentence. */
        RunLine: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            eventId?: string | null;
            /** @description `info` or `error`. */
            level: string;
            text: string;
        };
        /** @description Who has signed in, and where. */
        Session: {
            /** @description Whether providers are emulated here. */
            demo: boolean;
            /** @description Who. */
            user: components["schemas"]["Me"];
            /** @description Behind whose walls. */
            workspace: components["schemas"]["Workspace"];
        };
        /** @description Whether the first administrator has still to be made. */
        Setup: {
            needed: boolean;
        };
        /** @description One field on both sides, as people read it. Null: not there. */
        Side: {
            /** @description What both sides had agreed on. */
            base?: string | null;
            /** @description What the calendar has. */
            external?: string | null;
            /** @description Its name, for answers field by field: `title`, or `20261021T090000.title` of an occurrence. */
            field: string;
            /** @description The same for people. */
            label: string;
            /** @description What the platform has. */
            local?: string | null;
        };
        /** @description What was begun. */
        Started: {
            items: components["schemas"]["StartedOne"][];
            /** @description `running`, or `queued` where all wait for their turn. */
            status: string;
            /**
             * Format: uuid
             * @description The first run: `GET /schedule/sync/history/{syncId}` tells what becomes of it. Null where all wait for their turn.
             */
            syncId?: string | null;
        };
        /** @description What was begun on one calendar. */
        StartedOne: {
            /** Format: uuid */
            linkId: string;
            /** @description `running`; `queued`: its turn comes by itself; `resting`: it is not synced until a person lets it go on. */
            status: string;
            /**
             * Format: uuid
             * @description The run: the one that was begun, or the one that was under way already, after which there is another.
             */
            syncId?: string | null;
        };
        /** @description How all of it stands. */
        Status: {
            items: components["schemas"]["LinkStatus"][];
            /**
             * Format: date-time
             * @description When a sync last succeeded.
             */
            lastSyncAt?: string | null;
            /**
             * @description The gravest that is true of any of the calendars: `conflict`, `attention` (a person has to do something),
             *     `syncing`, `synced`; `none` where no calendar is linked. Paused ones do not count.
             */
            state: components["schemas"]["SyncState"];
        };
        /** @description The switch of one event in one calendar. */
        Switch: {
            enabled: boolean;
            /** Format: uuid */
            linkId: string;
        };
        /**
         * @description In one word.
         * @enum {string}
         */
        SyncState: "none" | "synced" | "syncing" | "attention" | "conflict";
        /** @description What a test of a connection came to. */
        Tested: {
            /** @description How many calendars the account has. */
            calendars: number;
            /** @description What to tell a person. */
            message: string;
            ok: boolean;
        };
        /** @description Somebody who signs in. */
        User: {
            email?: string | null;
            /** Format: uuid */
            id: string;
            name: string;
            /** @example provider */
            role: string;
            zone: string;
        };
        /** @description An event as it was before a change. */
        Version: {
            /**
             * Format: date-time
             * @description When that was changed.
             */
            at: string;
            /** @description By whom: a person's name, a calendar's, or `Concord`. */
            by: string;
            /** @description What changed, in words: "title and time". */
            changed: string;
            /**
             * Format: int64
             * @description The revision that it had.
             */
            rev: number;
            start: string;
            title: string;
        };
        /** @description A large change that waits for consent. */
        Waiting: {
            /** @description What to consent to. */
            hash: string;
            /** @description What it would do, in numbers. */
            summary: string;
        };
        /** @description A change that waits. */
        WaitingChange: {
            /**
             * Format: int64
             * @description How often it was tried in vain.
             */
            attempts: number;
            /** @description The calendar's name. */
            calendar: string;
            /** @description What went wrong. */
            error?: string | null;
            /**
             * Format: uuid
             * @description Missing for what was seen there and is no event here yet.
             */
            eventId?: string | null;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            linkId: string;
            /** Format: date-time */
            retryAt?: string | null;
            /** @description `pending`, or `error` for what is not tried again by itself. */
            state: string;
            title: string;
        };
        /** @description What would be done on a calendar. */
        WaitingPlan: {
            /** Format: date-time */
            approvedAt?: string | null;
            /** @description The calendar's name. */
            calendar: string;
            /**
             * Format: date-time
             * @description Until when one can consent, or the consent holds.
             */
            expiresAt: string;
            /** @description What to consent to. */
            hash: string;
            /** Format: uuid */
            linkId: string;
            /** Format: date-time */
            madeAt: string;
            /**
             * Format: int64
             * @description How many guests would be mailed.
             */
            mails: number;
            /** @description The first steps; `total` counts all of them. */
            steps: components["schemas"]["PlanStep"][];
            /** @description What it would do, in numbers. */
            summary: string;
            /** Format: int64 */
            total: number;
        };
        /** @description An account, by itself, by one of its links, or by its provider where one has only one there. */
        Which: {
            /** Format: uuid */
            accountId?: string | null;
            /** Format: uuid */
            linkId?: string | null;
            /** @example google */
            provider?: string | null;
        };
        /** @description A linked calendar, by its link, or by its provider where one has only one there. */
        WhichLink: {
            /**
             * Format: uuid
             * @description Which link.
             */
            linkId?: string | null;
            /**
             * @description At which provider: your own link there. Where you have several, the answer is 409 with their ids.
             * @example google
             */
            provider?: string | null;
        };
        /** @description Why an event is in a calendar, or is not. */
        Why: {
            /** Format: date-time */
            agreedAt?: string | null;
            /** @description Why, in a sentence. */
            because: string;
            calendar: string;
            /** @description What went wrong last. */
            error?: string | null;
            /** Format: uuid */
            linkId: string;
            /** @description What is masked there. */
            masked: string[];
            /** @description What happens next, in a sentence. */
            next: string;
            provider: string;
            /** @description What its provider keeps in another form than it was given. */
            rewritten: string[];
            /** @description How it stands: `synced`, `pending`, `error`, `conflict` or `absent`. */
            state: string;
            /** @description Whether it shall be there. */
            wanted: boolean;
        };
        /** @description How far back and ahead events are added. */
        Window: {
            /** Format: int32 */
            aheadDays: number;
            /** Format: int32 */
            backDays: number;
        };
        /** @description What is to change of the window. */
        WindowWanted: {
            /** Format: int32 */
            aheadDays?: number | null;
            /** Format: int32 */
            backDays?: number | null;
        };
        /** @description Where to sign in. */
        Wish: {
            /** @example google */
            provider: string;
            /**
             * @description Where the provider sends the browser back to. There is one address, and it has to be exactly that:
             *     `PUBLIC_URL/api/calendar/sync/PROVIDER/callback`. It need not be said.
             */
            redirectUri?: string | null;
        };
        /** @description A workspace. */
        Workspace: {
            /** Format: uuid */
            id: string;
            name: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
