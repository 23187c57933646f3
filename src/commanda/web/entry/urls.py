from django.urls import path

from commanda.web.entry import drafts, products, quick, wizard

urlpatterns = [
    path("orders/new/", quick.new_order, name="order_new"),
    path("orders/new/read/", quick.read, name="entry_read"),
    path("orders/new/client/", quick.client_card, name="entry_client"),
    path("orders/new/products/", products.search, name="entry_products"),
    path("orders/new/choices/", products.choice_list, name="entry_choices"),
    path("orders/new/type/<slug:type_slug>/", wizard.start, name="entry_start"),
    path("orders/drafts/<uuid:draft_id>/", wizard.resume, name="entry_resume"),
    path("orders/drafts/<uuid:draft_id>/save/", drafts.save, name="entry_save"),
    path("orders/drafts/<uuid:draft_id>/discard/", drafts.discard, name="entry_discard"),
    path("orders/drafts/<uuid:draft_id>/<slug:step_slug>/", wizard.step, name="entry_step"),
    path("orders/attachments/<uuid:attachment_id>/", drafts.attachment, name="order_attachment"),
    path("orders/attachments/<uuid:attachment_id>/remove/", drafts.remove_file, name="entry_file_remove"),
]
