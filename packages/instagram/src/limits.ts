/** Meta's numbers, each with the page it stands on. All pages read 2026-11-20, developers.facebook.com. */

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** After a person acts, anything may be sent for so long. /messaging-api (Instagram Login). */
export const MESSAGING_WINDOW_MS = 24 * HOUR_MS
/** With the Human Agent feature, a person (never a bot) may answer for so long. /messaging-api. */
export const HUMAN_AGENT_WINDOW_MS = 7 * DAY_MS
/** A private reply to a comment: one message, for so long. /messaging-api/private-replies. */
export const PRIVATE_REPLY_WINDOW_MS = 7 * DAY_MS

/** UTF-8 bytes, not characters: one page says both, the stricter holds. /features/send-message. */
export const TEXT_BYTES_MAX = 1000
/** /features/quick-replies. */
export const QUICK_REPLIES_MAX = 13
/** Meta cuts longer titles. /features/quick-replies. */
export const QUICK_REPLY_TITLE_CHARACTERS_MAX = 20
/** Messenger's limit; none is printed for Instagram. */
export const PAYLOAD_CHARACTERS_MAX = 1000
/** Images in one message, for everybody since 2026-05-06. /features/send-message. */
export const IMAGES_PER_MESSAGE_MAX = 10

/** Carousel cards. /generic-template. */
export const GENERIC_ELEMENTS_MAX = 10
/** /generic-template. */
export const GENERIC_TITLE_CHARACTERS_MAX = 80
/** /generic-template. */
export const GENERIC_SUBTITLE_CHARACTERS_MAX = 80
/** Buttons of a card or of a button template. /generic-template, button template page. */
export const TEMPLATE_BUTTONS_MAX = 3
/** Messenger's limit; none is printed for Instagram. */
export const BUTTON_TITLE_CHARACTERS_MAX = 20
/** Button template page. */
export const BUTTON_TEXT_CHARACTERS_MAX = 640

/** /messaging-api/ice-breakers. */
export const ICE_BREAKERS_MAX = 4
/** Advice of the page, not a refusal. /messaging-api/persistent-menu. */
export const PERSISTENT_MENU_ITEMS_ADVISED = 5

/** What Meta fetches for a message. /features/send-message, /features/attachment-upload. */
export const IMAGE_BYTES_MAX = 8 * 1024 * 1024
export const AUDIO_BYTES_MAX = 25 * 1024 * 1024
export const VIDEO_BYTES_MAX = 25 * 1024 * 1024
export const FILE_BYTES_MAX = 25 * 1024 * 1024

/** Per app and account. The Messenger page says 300/s, the Instagram one 100/s. /overview/rate-limiting. */
export const SENDS_PER_SECOND = 100
/** Audio and video. /overview/rate-limiting. */
export const MEDIA_SENDS_PER_SECOND = 10
/** Conversations API. /overview/rate-limiting. */
export const CONVERSATION_READS_PER_SECOND = 2
/** Posts and reels. /overview/rate-limiting. */
export const PRIVATE_REPLIES_PER_HOUR = 750

/** Older messages are listed, but answer as deleted. /conversations-api. */
export const READABLE_MESSAGES_MAX = 20
/** Events in one delivery. /webhooks. */
export const DELIVERY_UPDATES_MAX = 1000
/** An answer later than this counts as failed. Messenger webhooks page. */
export const DELIVERY_ANSWER_MS_MAX = 5 * SECOND_MS

/** Authorization code, single use. /business-login. */
export const CODE_LIFE_MS = HOUR_MS
/** /business-login, /reference/access_token. */
export const SHORT_LIVED_TOKEN_LIFE_MS = HOUR_MS
/** Meta's replies say 5183944 to 5184000 seconds. /reference/refresh_access_token. */
export const LONG_LIVED_TOKEN_LIFE_MS = 60 * DAY_MS
/** A younger token is refused by the refresh. /reference/refresh_access_token. */
export const REFRESH_AGE_MS_MIN = DAY_MS

/** Story and its address. /features/story-mention. */
export const STORY_LIFE_MS = DAY_MS
/** Newest media an account lists. /ig-user/media. */
export const MEDIA_LISTED_MAX = 10_000
/** Posts per rolling day as one page has it; obey `content_publishing_limit`. /content-publishing. */
export const PUBLICATIONS_PER_DAY_ASSUMED = 50
/** /content-publishing. */
export const CAPTION_CHARACTERS_MAX = 2200
/** /content-publishing. */
export const CAPTION_HASHTAGS_MAX = 30
/** /content-publishing. */
export const CAPTION_MENTIONS_MAX = 20
/** /content-publishing. */
export const CAROUSEL_ITEMS_MAX = 10
/** /content-publishing. */
export const ALT_TEXT_CHARACTERS_MAX = 1000
/** An unpublished container. /ig-user/media. */
export const CONTAINER_LIFE_MS = DAY_MS
