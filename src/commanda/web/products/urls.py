from django.urls import path

from commanda.web.products import editing, listing, media, offer_pages

urlpatterns = [
    path("products/", listing.product_list, name="products"),
    path("products/new/", editing.new_product, name="product_new"),
    path("products/<int:product_id>/", listing.product_detail, name="product"),
    path("products/<int:product_id>/edit/", editing.edit_product, name="product_edit"),
    path("products/<int:product_id>/aliases/", editing.new_alias, name="product_alias"),
    path("products/aliases/<int:alias_id>/remove/", editing.drop_alias, name="product_alias_remove"),
    path("products/<int:product_id>/offers/", offer_pages.save, name="product_offer_new"),
    path("products/<int:product_id>/offers/<int:offer_id>/", offer_pages.save, name="product_offer"),
    path("products/offers/<int:offer_id>/remove/", offer_pages.remove, name="product_offer_remove"),
    path("media/<path:name>", media.media, name="media"),
]
